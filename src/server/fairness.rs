//! What each client has lately had of the pool, and where it waits because of that.
//!
//! The use of a client is the time for which workers have held its sessions, in seconds, fading: of one
//! second a third is left after ten. The acceptor compares it with the mean of all clients that hold a
//! worker or wait for one. A client that had little waits in front of those that had much. A client whose
//! last session was closed at the end of its turn waits behind, until it ends a session by itself.
//!
//! A client is an address, as for the limits. The rule and its constants are from a simulation of ordinary
//! clients beside clients that never leave; the tests of this room play it in virtual time.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::clients::{ClientKey, Record, Table};
use super::ledger::Outcome;

/// The time after which a third of a use is left.
const FADING: f32 = 10.0;

/// The largest use, as a share of the mean, with which a client waits in front.
const LITTLE: f32 = 0.6;

/// How long a client waits behind after a session of its was closed at the end of its turn.
const OVERRUN: Duration = Duration::from_mins(1);

/// The use that all clients of a server make of its pool.
#[derive(Debug)]
pub(super) struct Fairness {
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
    /// When a session of its was last closed at the end of its turn, if it has ended none by itself
    /// since.
    overran: Option<Moment>,
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
    /// Behind, and not with the last idle worker while clients in front need it: its last session was
    /// closed at the end of its turn.
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
    pub(super) fn micros(self) -> u64 {
        (self.seconds * 1e6) as u64
    }
}

impl Fairness {
    /// Of a server with so many places for sessions, queue and pool together.
    pub(super) fn of(places: usize) -> Self {
        Self {
            table: Table::of(places),
            epoch: Instant::now(),
            mean: AtomicU32::new(0),
        }
    }

    /// Makes room for the clients of so many places, where there are more than at the start.
    pub(super) fn grow(&self, places: usize) {
        self.table.grow(places);
    }

    /// The use of a client that asks for a worker.
    pub(super) fn client_use(&self, client: IpAddr, now: Instant) -> ClientUse {
        let client = ClientKey::from(client);
        let known = self.table.get(client).unwrap_or_default();
        let now = self.moment(now);
        let seconds = known.seconds_at(now);
        let standing = if known.overran_lately(now) {
            Standing::Overran
        } else if seconds <= LITTLE * self.mean() {
            Standing::Light
        } else {
            Standing::Heavy
        };
        ClientUse {
            client,
            seconds,
            standing,
        }
    }

    /// Charges a client for a session that has ended.
    pub(super) fn charge(&self, client: IpAddr, held: Duration, outcome: Outcome, now: Instant) {
        let now = self.moment(now);
        // Where there is no room for it, nothing is known of the client, as of one that is new.
        let _ = self.table.update(ClientKey::from(client), |known| {
            known.seconds = known.seconds_at(now) + seconds_with(0.0, held);
            known.charged = now;
            match outcome {
                Outcome::Reclaimed | Outcome::ReclaimedMidway => known.overran = Some(now),
                _ if outcome.is_of_client() => known.overran = None,
                _ => {}
            }
        });
    }

    /// Takes note of the mean use of the clients that hold a worker or wait for one.
    pub(super) fn set_mean(&self, seconds: f32) {
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
    fn seconds_at(self, now: Moment) -> f32 {
        self.seconds * left(elapsed(self.charged, now))
    }

    fn overran_lately(self, now: Moment) -> bool {
        self.overran.is_some_and(|at| elapsed(at, now) < OVERRUN)
    }
}

impl Record for PoolUse {
    /// Whoever overran is forgotten last; of the others, whoever was charged first.
    type Rank = (Option<Moment>, Moment);

    fn rank(&self) -> Self::Rank {
        (self.overran, self.charged)
    }

    fn is_needed(&self) -> bool {
        false
    }
}

/// The use of a client with this use when a session began that a worker has held for so long.
pub(super) fn seconds_with(before: f32, held: Duration) -> f32 {
    let left = left(held);
    before * left + FADING * (1.0 - left)
}

/// The share of a use that is left after some time.
fn left(time: Duration) -> f32 {
    (-time.as_secs_f32() / FADING).exp()
}

fn elapsed(earlier: Moment, now: Moment) -> Duration {
    let moments = now.saturating_sub(earlier);
    Duration::from_secs(moments.into()) / MOMENTS_A_SECOND
}
