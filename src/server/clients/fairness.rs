//! Each client's recent use of the pool, and the place in the queue that follows from it.
//!
//! The use of a client is the time, in seconds, for which workers have held its sessions. It decays: of one
//! second a third is left after ten seconds. The acceptor compares it with the mean of all clients that
//! hold a worker or wait for one. Clients with little use wait in front of clients with much.
//!
//! After a session was closed at the end of its turn, the next one from its address waits last. This
//! repeats until such a session ends by itself. So, of many clients behind one address, short sessions need
//! not wait for the others.
//!
//! A client is an address, as for the limits. The rule and its constants come from a simulation of ordinary
//! clients beside clients that never disconnect. The server's simulation tests run it in virtual time.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::{ClientKey, Record, Table};
use crate::server::ledger::Outcome;

/// The time after which a third of a use is left, in seconds.
const FADING: f32 = 10.0;

/// The largest use, as a share of the mean, with which a client waits in front.
const LITTLE: f32 = 0.6;

/// How long an address is known for sessions closed at the end of their turn, counted from its last
/// request.
const OVERRUN: Duration = Duration::from_secs(OVERRUN_SECONDS as u64);
const OVERRUN_SECONDS: u32 = 60;

/// The use of the pool by all clients.
#[derive(Debug)]
pub(crate) struct Fairness {
    table: Table<PoolUse>,
    /// The zero of the table's times.
    epoch: Instant,
    /// The mean use of the clients that hold a worker or wait, as the bits of an `f32`.
    mean: AtomicU32,
}

/// The record of a client; the default for a new client.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct PoolUse {
    /// The use at the time of the last charge.
    seconds: f32,
    /// The time of the last charge.
    charged: Moment,
    /// The last time a session was closed at the end of its turn, or its successor was refused; 0 for
    /// never.
    overran: Moment,
    /// Sessions closed in that way, for which no new session has come yet.
    overran_away: u32,
}

/// Sixteenths of a second since the epoch, counted from 1. The type lasts for eight years.
type Moment = u32;

const MOMENTS_A_SECOND: u32 = 16;

/// The use of one client at the moment it asks for a worker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClientUse {
    /// The client.
    pub client: ClientKey,
    /// Its use, in seconds.
    pub seconds: f32,
    /// Its place in the queue.
    pub standing: Standing,
}

/// A client's place in the queue, from its use of the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// In front: little recent use.
    Light,
    /// Behind `Light`: much recent use.
    Heavy,
    /// Behind `Heavy`, and not served by the last idle worker while clients in front need it. The client
    /// has much recent use, and sessions from its address were closed at the end of their turn.
    SameAddress,
    /// Last, with the restriction of `SameAddress`: its last session was closed at the end of its turn.
    Overran,
}

impl ClientUse {
    /// The use of an unknown client.
    pub fn none(client: IpAddr) -> Self {
        Self {
            client: ClientKey::from(client),
            seconds: 0.0,
            standing: Standing::Light,
        }
    }

    /// The use in microseconds.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a use is no less than nothing and bounded by the number of workers"
    )]
    pub(crate) fn micros(self) -> u64 {
        (self.seconds * 1e6) as u64
    }
}

impl Fairness {
    /// For a server with this many places, queue and pool together.
    pub(crate) fn of(places: usize) -> Self {
        Self {
            table: Table::of(places),
            epoch: Instant::now(),
            mean: AtomicU32::new(0),
        }
    }

    /// Enlarges the table for this many places, if it is too small.
    pub(crate) fn grow(&self, places: usize) {
        self.table.grow(places);
    }

    /// The use of a client that asks for a worker. If it waits last, its end must be reported: by
    /// [`refuse`](Self::refuse) or by [`end`](Self::end).
    pub(crate) fn ask(&self, client: IpAddr, now: Instant) -> ClientUse {
        let client = ClientKey::from(client);
        let known = self.table.get(client).unwrap_or_default();
        let now = self.moment(now);
        let seconds = known.seconds_at(now);
        let overran_lately = known.overran_lately(now);
        let standing = if overran_lately && known.overran_away > 0 {
            let _ = self.table.update(client, |known| {
                known.overran_away = known.overran_away.saturating_sub(1);
            });
            Standing::Overran
        } else if is_little(seconds, self.mean()) {
            Standing::Light
        } else if overran_lately {
            Standing::SameAddress
        } else {
            Standing::Heavy
        };
        ClientUse {
            client,
            seconds,
            standing,
        }
    }

    /// Charges a client for the time that its session has held a worker since the last charge. Returns the
    /// client's use. The sessions of one client add up.
    pub(crate) fn charge(&self, client: IpAddr, held: Duration, now: Instant) -> f32 {
        let now = self.moment(now);
        let mut seconds = 0.0;
        // If the bucket is full, the client has no record and counts as new.
        let _ = self.table.update(ClientKey::from(client), |known| {
            known.charge(held, now);
            seconds = known.seconds;
        });
        seconds
    }

    /// The current use of a client.
    pub(crate) fn seconds(&self, client: ClientKey, now: Instant) -> f32 {
        let known = self.table.get(client).unwrap_or_default();
        known.seconds_at(self.moment(now))
    }

    /// Records that a client was refused.
    pub(crate) fn refuse(&self, client: ClientUse, now: Instant) {
        if client.standing == Standing::Overran {
            let now = self.moment(now);
            let _ = self
                .table
                .update(client.client, |known| known.come_back(now));
        }
    }

    /// Charges a client for the rest of an ended session, and records the outcome.
    pub(crate) fn end(&self, client: ClientUse, held: Duration, outcome: Outcome, now: Instant) {
        let now = self.moment(now);
        let _ = self.table.update(client.client, |known| {
            known.charge(held, now);
            match outcome {
                Outcome::Reclaimed | Outcome::ReclaimedMidway => known.overrun(now),
                // The address waits last until a session ends by itself.
                _ if client.standing == Standing::Overran && !outcome.is_of_client() => {
                    known.come_back(now);
                }
                _ => {}
            }
        });
    }

    /// Publishes the mean use of the clients that hold a worker or wait for one.
    pub(crate) fn set_mean(&self, seconds: f32) {
        self.mean.store(seconds.to_bits(), Ordering::Relaxed);
    }

    fn mean(&self) -> f32 {
        f32::from_bits(self.mean.load(Ordering::Relaxed))
    }

    fn moment(&self, instant: Instant) -> Moment {
        let since = instant.saturating_duration_since(self.epoch);
        let moments = since.as_millis() * u128::from(MOMENTS_A_SECOND) / 1000;
        Moment::try_from(moments + 1).unwrap_or(Moment::MAX)
    }
}

impl PoolUse {
    fn charge(&mut self, held: Duration, now: Moment) {
        self.seconds = self.seconds_at(now) + seconds_with(0.0, held);
        self.charged = now;
    }

    fn seconds_at(self, now: Moment) -> f32 {
        self.seconds * left(elapsed(self.charged, now))
    }

    /// Records a session that was closed at the end of its turn.
    fn overrun(&mut self, now: Moment) {
        if !self.overran_lately(now) {
            self.overran_away = 0;
        }
        self.overran_away += 1;
        self.overran = now;
    }

    /// Records that a session that waited last did not end by itself, so the next one waits last again.
    fn come_back(&mut self, now: Moment) {
        if self.overran_lately(now) {
            self.overran_away += 1;
            self.overran = now;
        }
    }

    fn overran_lately(self, now: Moment) -> bool {
        self.overran > 0 && elapsed(self.overran, now) < OVERRUN
    }
}

impl Record for PoolUse {
    /// The time of the last charge, or the later end of the time for which an overrun is known.
    type Rank = Moment;

    fn rank(&self) -> Moment {
        if self.overran == 0 {
            return self.charged;
        }
        let known_until = self
            .overran
            .saturating_add(OVERRUN_SECONDS * MOMENTS_A_SECOND);
        self.charged.max(known_until)
    }

    fn is_needed(&self) -> bool {
        false
    }
}

/// The use after a session of length `held`, for a client with use `before` at its begin.
pub(crate) fn seconds_with(before: f32, held: Duration) -> f32 {
    let left = left(held);
    before * left + FADING * (1.0 - left)
}

/// Whether a use is little compared to another.
pub(crate) fn is_little(seconds: f32, beside: f32) -> bool {
    seconds <= LITTLE * beside
}

/// The share of a use that is left after some time.
fn left(time: Duration) -> f32 {
    (-time.as_secs_f32() / FADING).exp()
}

fn elapsed(earlier: Moment, now: Moment) -> Duration {
    let moments = now.saturating_sub(earlier);
    Duration::from_secs(moments.into()) / MOMENTS_A_SECOND
}
