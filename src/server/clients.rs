//! The limits of one client: sessions at a time, and new sessions per time.
//!
//! A client is an IPv4 address or an IPv6 network of 64 bits. Its record is kept in a [table](self::table),
//! which clients cannot enlarge. The table's documentation explains the eviction from a full table, and why
//! it cannot be abused. Without limits there is no table, and a connection costs one branch.
//!
//! Only the acceptor takes shares. The thread that ends a session returns its share before the client can
//! see the end, so a reconnecting client finds it free. Exception: where the reaper shut both sides of the
//! connection, the client may see the end first.

mod access;
mod fairness;
mod gcra;
mod key;
mod rate;
mod table;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

pub(super) use self::access::AccessList;
pub use self::fairness::{ClientUse, Standing};
pub(super) use self::fairness::{Fairness, is_little, seconds_with};
use self::gcra::Gcra;
pub use self::key::ClientKey;
pub use self::rate::Rate;
pub(super) use self::table::{Record, Table};
use super::ledger::Outcome;

/// The limits of one client; `None` means no limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClientLimits {
    /// Sessions at a time, queued or served.
    pub sessions: Option<u32>,
    /// The rate of new sessions. A session refused by the other limit does not count; a session refused by
    /// the queue does.
    pub rate: Option<Rate>,
    /// The treatment of a client over a limit.
    pub enforcement: Enforcement,
}

/// The treatment of a client over a limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Enforcement {
    /// The client is refused.
    #[default]
    Refuse,
    /// The client is served, but logged and counted as one to refuse. As after a refusal, it holds no share
    /// and is not charged.
    DryRun,
}

/// The limits and the clients they apply to.
#[derive(Debug)]
pub(super) struct Clients {
    sessions: Option<u32>,
    rate: Option<Gcra>,
    enforcement: Enforcement,
    table: Arc<Table<Known>>,
    /// The zero of the table's times.
    epoch: Instant,
    over_sessions: AtomicU64,
    over_rate: AtomicU64,
}

/// The fewest buckets of the table.
const BUCKETS: usize = 8192;

/// The record of a client; the default for a new client.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Known {
    /// The client's open sessions, if they are counted.
    open: u32,
    /// The time at which its next session is due: the theoretical arrival time, in nanoseconds.
    expected: u64,
}

impl Record for Known {
    /// The time at which the next session is due.
    type Rank = u64;

    fn rank(&self) -> u64 {
        self.expected
    }

    fn is_needed(&self) -> bool {
        self.open > 0
    }
}

/// One of a client's allowed sessions at a time. Dropping it returns it, however the connection ends.
#[derive(Debug)]
pub(super) struct Share {
    table: Arc<Table<Known>>,
    client: ClientKey,
}

impl Clients {
    /// The limits for a server of this many sessions, deferred ones included; `None` if there are no
    /// limits.
    pub(super) fn new(limits: ClientLimits, places: usize) -> Option<Self> {
        if limits.sessions.is_none() && limits.rate.is_none() {
            return None;
        }
        Some(Self {
            sessions: limits.sessions,
            rate: limits.rate.map(Gcra::new),
            enforcement: limits.enforcement,
            table: Arc::new(Table::of(places.max(BUCKETS))),
            epoch: Instant::now(),
            over_sessions: AtomicU64::new(0),
            over_rate: AtomicU64::new(0),
        })
    }

    /// Enlarges the table for this many sessions, if it is too small.
    pub(super) fn grow(&self, places: usize) {
        self.table.grow(places);
    }

    /// Admits a new session and takes its share, if sessions are counted.
    ///
    /// # Errors
    ///
    /// The limit that the session would exceed. A dry run also returns it, and the caller then decides
    /// about the session.
    pub(super) fn admit(&self, client: IpAddr, now: Instant) -> Result<Option<Share>, Outcome> {
        let client = ClientKey::from(client);
        let since = now.saturating_duration_since(self.epoch).as_nanos();
        let now = u64::try_from(since).unwrap_or(u64::MAX);
        let decided = self.table.update(client, |known| self.charge(known, now));
        // If the bucket is full, the client's open sessions cannot be counted, so it is refused.
        decided.unwrap_or(Err(Outcome::ClientSessions))?;
        Ok(self.sessions.map(|_| Share {
            table: Arc::clone(&self.table),
            client,
        }))
    }

    fn charge(&self, known: &mut Known, now: u64) -> Result<(), Outcome> {
        if self.sessions.is_some_and(|most| known.open >= most) {
            return Err(Outcome::ClientSessions);
        }
        if let Some(rate) = &self.rate {
            let next = rate.arrive(known.expected, now);
            known.expected = next.ok_or(Outcome::ClientRate)?;
        }
        if self.sessions.is_some() {
            known.open += 1;
        }
        Ok(())
    }

    pub(super) fn enforcement(&self) -> Enforcement {
        self.enforcement
    }

    /// Counts a client over a limit that a dry run admits.
    pub(super) fn spare(&self, over: Outcome) {
        let counter = match over {
            Outcome::ClientRate => &self.over_rate,
            _ => &self.over_sessions,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// The clients over a limit that a dry run has admitted; `None` if this is no dry run.
    pub(super) fn spared(&self) -> Option<Spared> {
        (self.enforcement == Enforcement::DryRun).then(|| Spared {
            over_sessions: self.over_sessions.load(Ordering::Relaxed),
            over_rate: self.over_rate.load(Ordering::Relaxed),
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // The record exists, because a client with open sessions is never evicted.
        self.table.change(self.client, |known| {
            known.open = known.open.saturating_sub(1);
        });
    }
}

/// Clients over a limit that a dry run admitted, by limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spared {
    /// Over the limit of sessions at a time.
    pub over_sessions: u64,
    /// Over the rate of new sessions.
    pub over_rate: u64,
}

impl fmt::Display for Spared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            over_sessions,
            over_rate,
        } = self;
        write!(
            f,
            "would have refused {} ({over_sessions} {}, {over_rate} {})",
            over_sessions.saturating_add(*over_rate),
            Outcome::ClientSessions.name(),
            Outcome::ClientRate.name()
        )
    }
}

#[cfg(test)]
mod tests;
