//! What one client may take of the server: so many sessions at a time, and so many new ones in a while.
//!
//! A client is an IPv4 address or an IPv6 network of 64 bits. What is known of each stands in a
//! [table](self::table) of a size that no client changes, which says what is forgotten when it is full, and
//! why that lets nobody escape. Without limits there is no table, and a connection costs one branch.
//!
//! The acceptor alone takes shares; whoever ends a session gives its share back, before the client can
//! see the end: a client that comes back at once finds its share free. Only where the reaper shut both
//! sides of the connection may the client see that first.

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

/// What one client may take; `None` is without limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClientLimits {
    /// Sessions at a time, queued or served.
    pub sessions: Option<u32>,
    /// New sessions in a while. A session that is refused because of the other limit does not count,
    /// one that is refused by the queue does.
    pub rate: Option<Rate>,
    /// What happens to a client over a limit.
    pub enforcement: Enforcement,
}

/// What happens to a client over a limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Enforcement {
    /// It is refused.
    #[default]
    Refuse,
    /// It is served, but logged and counted as one that would have been refused. It takes no share
    /// and is not charged, as if it had been.
    DryRun,
}

/// The clients under their limits.
#[derive(Debug)]
pub(super) struct Clients {
    sessions: Option<u32>,
    rate: Option<Gcra>,
    enforcement: Enforcement,
    table: Arc<Table<Known>>,
    /// Where time begins for the table.
    epoch: Instant,
    over_sessions: AtomicU64,
    over_rate: AtomicU64,
}

/// The fewest buckets of the table.
const BUCKETS: usize = 8192;

/// What is known of a client; nothing of one that is new.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Known {
    /// Sessions it has now, where they are counted.
    open: u32,
    /// When its next session is due: the theoretical arrival time, in nanoseconds.
    expected: u64,
}

impl Record for Known {
    /// When the next session is due.
    type Rank = u64;

    fn rank(&self) -> u64 {
        self.expected
    }

    fn is_needed(&self) -> bool {
        self.open > 0
    }
}

/// What a client has taken of its sessions at a time; given back when dropped, however its connection
/// ends.
#[derive(Debug)]
pub(super) struct Share {
    table: Arc<Table<Known>>,
    client: ClientKey,
}

impl Clients {
    /// Limits for a server with so many sessions, those included that are deferred; `None` if
    /// nothing is limited.
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

    /// Makes room for the clients of so many places, where there are more than at the start.
    pub(super) fn grow(&self, places: usize) {
        self.table.grow(places);
    }

    /// Takes the share of a new session, where sessions are counted.
    ///
    /// # Errors
    ///
    /// The limit that the session would go over; in a dry run as well, and what then happens to the
    /// session is up to the caller.
    pub(super) fn admit(&self, client: IpAddr, now: Instant) -> Result<Option<Share>, Outcome> {
        let client = ClientKey::from(client);
        let since = now.saturating_duration_since(self.epoch).as_nanos();
        let now = u64::try_from(since).unwrap_or(u64::MAX);
        let decided = self.table.update(client, |known| self.charge(known, now));
        // Without room nobody can tell how many sessions the client has.
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

    /// Counts a client that a dry run lets pass.
    pub(super) fn spare(&self, over: Outcome) {
        let counter = match over {
            Outcome::ClientRate => &self.over_rate,
            _ => &self.over_sessions,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Whom a dry run has let pass; `None` if this is none.
    pub(super) fn spared(&self) -> Option<Spared> {
        (self.enforcement == Enforcement::DryRun).then(|| Spared {
            over_sessions: self.over_sessions.load(Ordering::Relaxed),
            over_rate: self.over_rate.load(Ordering::Relaxed),
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // What is known of the client is there: with open sessions it is not forgotten.
        self.table.change(self.client, |known| {
            known.open = known.open.saturating_sub(1);
        });
    }
}

/// Clients that a dry run did not refuse, by the limit they were over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spared {
    /// Over the sessions at a time.
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
