//! What each client has lately had of the pool, and where it waits because of that.
//!
//! The use of a client is the time for which workers have held its sessions, in seconds, fading: of one
//! second a third is left after ten. The acceptor compares it with the mean of all clients that hold a
//! worker or wait for one. A client that had little waits in front of those that had much. When a session was
//! closed at the end of its turn, the next one from its address waits last, and so again until one has ended
//! by itself: of many clients behind one address those that behave need not wait for the others.
//!
//! A client is an address, as for the limits. The rule and its constants are from a simulation of ordinary
//! clients beside clients that never leave; the tests of this room play it in virtual time.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::{ClientKey, Record, Table};
use crate::server::ledger::Outcome;

/// The time after which a third of a use is left.
const FADING: f32 = 10.0;

/// The largest use, as a share of the mean, with which a client waits in front.
const LITTLE: f32 = 0.6;

/// For how long it is known of an address that sessions were closed at the end of their turn, from when it
/// last asked.
const OVERRUN: Duration = Duration::from_secs(OVERRUN_SECONDS as u64);
const OVERRUN_SECONDS: u32 = 60;

/// The use that all clients of a server make of its pool.
#[derive(Debug)]
pub(crate) struct Fairness {
    table: Table<PoolUse>,
    /// Where time begins for the table.
    epoch: Instant,
    /// The mean use of the clients that hold a worker or wait, as the bits of an `f32`.
    mean: AtomicU32,
}

/// What is known of a client; nothing of one that is new.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct PoolUse {
    /// The use when it was last charged.
    seconds: f32,
    /// When that was.
    charged: Moment,
    /// When a session of its was last closed at the end of its turn, or was refused after that; 0 for never.
    overran: Moment,
    /// Sessions that were closed so, and have not come again.
    overran_away: u32,
}

/// Sixteenths of a second since the epoch, from one on: they last for eight years.
type Moment = u32;

const MOMENTS_A_SECOND: u32 = 16;

/// The use of one client as it asks for a worker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClientUse {
    /// The client.
    pub client: ClientKey,
    /// Its use.
    pub seconds: f32,
    /// Where it waits.
    pub standing: Standing,
}

/// Where a client waits, by its use of the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// In front: it had little lately.
    Light,
    /// Behind: it had much lately.
    Heavy,
    /// Behind these, and not with the last idle worker while clients in front need it: it had much lately, and
    /// some sessions from its address were closed at the end of their turn.
    SameAddress,
    /// Last, and like these: its last session was closed at the end of its turn.
    Overran,
}

impl ClientUse {
    /// Of a client of which nothing is known.
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
    /// Of a server with so many places for sessions, queue and pool together.
    pub(crate) fn of(places: usize) -> Self {
        Self {
            table: Table::of(places),
            epoch: Instant::now(),
            mean: AtomicU32::new(0),
        }
    }

    /// Makes room for the clients of so many places, where there are more than at the start.
    pub(crate) fn grow(&self, places: usize) {
        self.table.grow(places);
    }

    /// The use of a client that asks for a worker. If it waits last, it has to be said how it ended: that it
    /// was [refused](Self::refuse), or its session [ended](Self::end).
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

    /// Charges a client for the time for which a session of its has held a worker since the last time, and
    /// returns the client's use. The sessions of one client add up.
    pub(crate) fn charge(&self, client: IpAddr, held: Duration, now: Instant) -> f32 {
        let now = self.moment(now);
        let mut seconds = 0.0;
        // Where there is no room for it, nothing is known of the client, as of one that is new.
        let _ = self.table.update(ClientKey::from(client), |known| {
            known.charge(held, now);
            seconds = known.seconds;
        });
        seconds
    }

    /// The use of a client now.
    pub(crate) fn seconds(&self, client: ClientKey, now: Instant) -> f32 {
        let known = self.table.get(client).unwrap_or_default();
        known.seconds_at(self.moment(now))
    }

    /// Takes note that a client was refused.
    pub(crate) fn refuse(&self, client: ClientUse, now: Instant) {
        if client.standing == Standing::Overran {
            let now = self.moment(now);
            let _ = self
                .table
                .update(client.client, |known| known.come_back(now));
        }
    }

    /// Charges a client for what is left of a session that has ended, and takes note of how it ended.
    pub(crate) fn end(&self, client: ClientUse, held: Duration, outcome: Outcome, now: Instant) {
        let now = self.moment(now);
        let _ = self.table.update(client.client, |known| {
            known.charge(held, now);
            match outcome {
                Outcome::Reclaimed | Outcome::ReclaimedMidway => known.overrun(now),
                // It waits last until a session ends by itself.
                _ if client.standing == Standing::Overran && !outcome.is_of_client() => {
                    known.come_back(now);
                }
                _ => {}
            }
        });
    }

    /// Takes note of the mean use of the clients that hold a worker or wait for one.
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

    /// Takes note of a session that was closed at the end of its turn.
    fn overrun(&mut self, now: Moment) {
        if !self.overran_lately(now) {
            self.overran_away = 0;
        }
        self.overran_away += 1;
        self.overran = now;
    }

    /// Takes note that a session that waits last did not end by itself: the next one waits last again.
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
    /// When the client was last charged; one that overran is kept for as long as that is known.
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

/// The use of a client with this use when a session began that a worker has held for so long.
pub(crate) fn seconds_with(before: f32, held: Duration) -> f32 {
    let left = left(held);
    before * left + FADING * (1.0 - left)
}

/// Whether a use is little beside another.
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
