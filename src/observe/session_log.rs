//! What is logged about sessions: every one while they are few, a sample if that is wanted, and a count of
//! the rest when they are many.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use tracing::{Level, info};

/// Writes lines about sessions, up to so many a second, and as many about clients that were not admitted
/// and sessions that failed, so that neither crowds out the other.
///
/// A line that is left out costs an atomic increment and no formatting.
#[derive(Debug)]
pub struct SessionLog {
    sessions: Allowance,
    trouble: Allowance,
    /// One session in so many is logged.
    sample: u64,
    /// Sessions that have begun, where not all are logged.
    begun: AtomicU64,
}

/// How a session ended, in words for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// In order, in the way named.
    InOrder(&'static str),
    /// By the server, for the reason named.
    Closed(&'static str),
    /// In the middle of something, for the reason named. It is logged even if its beginning was not.
    Failed(&'static str),
}

/// Whether a session is one of those that are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampled {
    /// It is.
    In,
    /// It is not, unless it fails.
    Out,
}

impl SessionLog {
    /// A log of at most so many lines of each kind in a second, and of one session in so many.
    pub fn new(per_second: u32, sample: u32) -> Self {
        Self {
            sessions: Allowance::of(per_second),
            trouble: Allowance::of(per_second),
            sample: sample.max(1).into(),
            begun: AtomicU64::new(0),
        }
    }

    /// A log without lines about sessions.
    pub fn silent() -> Self {
        Self::new(0, 1)
    }

    /// A worker took a session that had waited this long. What is returned goes with its end.
    pub fn session_started(&self, client: SocketAddr, worker: usize, waited: Duration) -> Sampled {
        let sampled = self.sample();
        if sampled == Sampled::In && self.sessions.admits() {
            let client = canonical(client);
            info!(%client, worker, ?waited, "session started");
        }
        sampled
    }

    /// A session ended.
    pub fn session_ended(
        &self,
        sampled: Sampled,
        client: SocketAddr,
        worker: usize,
        (commands, duration): (u64, Duration),
        ending: Ending,
    ) {
        let (allowance, ended, message) = match (ending, sampled) {
            (Ending::InOrder(_) | Ending::Closed(_), Sampled::Out) => return,
            (Ending::InOrder(ended), Sampled::In) => (&self.sessions, ended, "session ended"),
            (Ending::Closed(reason), Sampled::In) => {
                (&self.sessions, reason, "session closed by the server")
            }
            (Ending::Failed(ended), _) => (&self.trouble, ended, "session ended"),
        };
        if allowance.admits() {
            let client = canonical(client);
            info!(%client, worker, commands, ?duration, ended, "{message}");
        }
    }

    /// A client was not admitted, for the reason named.
    pub fn refused(&self, client: SocketAddr, reason: &'static str) {
        if self.trouble.admits() {
            let client = canonical(client);
            info!(%client, reason, "client refused");
        }
    }

    /// A connection ended before its first command was complete, in the way named.
    pub fn ended_early(&self, client: SocketAddr, reason: &'static str) {
        if self.trouble.admits() {
            let client = canonical(client);
            info!(%client, reason, "connection ended before its first command");
        }
    }

    /// A client was admitted in a dry run, though it is over the limit named.
    pub fn spared(&self, client: SocketAddr, reason: &'static str) {
        if self.trouble.admits() {
            let client = canonical(client);
            info!(%client, reason, "client would be refused");
        }
    }

    /// Begins another second, and says how many lines the last one left out.
    pub fn next_second(&self) {
        let omitted = self.sessions.next_second();
        if omitted > 0 {
            info!(omitted, "session lines left out in the last second");
        }
        let omitted = self.trouble.next_second();
        if omitted > 0 {
            info!(
                omitted,
                "lines about refusals and failures left out in the last second"
            );
        }
    }

    /// Lines that were left out so far, this second's not counted.
    pub fn omitted(&self) -> u64 {
        self.sessions.omitted_before() + self.trouble.omitted_before()
    }

    fn sample(&self) -> Sampled {
        if self.sample == 1 {
            return Sampled::In;
        }
        let earlier = self.begun.fetch_add(1, Ordering::Relaxed);
        if earlier.is_multiple_of(self.sample) {
            Sampled::In
        } else {
            Sampled::Out
        }
    }
}

/// So many lines a second.
#[derive(Debug)]
struct Allowance {
    per_second: i64,
    /// Lines that may still be written in this second.
    left: AtomicI64,
    /// Lines left out in this second.
    omitted: AtomicU64,
    /// Lines left out in the seconds before.
    omitted_before: AtomicU64,
}

impl Allowance {
    fn of(per_second: u32) -> Self {
        Self {
            per_second: per_second.into(),
            left: AtomicI64::new(per_second.into()),
            omitted: AtomicU64::new(0),
            omitted_before: AtomicU64::new(0),
        }
    }

    /// Whether another line may be written.
    fn admits(&self) -> bool {
        if self.per_second == 0 || !tracing::enabled!(Level::INFO) {
            return false;
        }
        // Looked at before it is changed, so that a busy second does not share a written line of
        // memory between all workers twice; a race leaves a line out or lets one more pass.
        let admitted =
            self.left.load(Ordering::Relaxed) > 0 && self.left.fetch_sub(1, Ordering::Relaxed) > 0;
        if !admitted {
            self.omitted.fetch_add(1, Ordering::Relaxed);
        }
        admitted
    }

    /// Begins another second, and says how many lines the last one left out.
    fn next_second(&self) -> u64 {
        self.left.store(self.per_second, Ordering::Relaxed);
        let omitted = self.omitted.swap(0, Ordering::Relaxed);
        self.omitted_before.fetch_add(omitted, Ordering::Relaxed);
        omitted
    }

    fn omitted_before(&self) -> u64 {
        self.omitted_before.load(Ordering::Relaxed)
    }
}

/// The address as its owner knows it: an IPv4 client of a dual-stack listener arrives as an IPv6 one.
fn canonical(client: SocketAddr) -> SocketAddr {
    SocketAddr::new(client.ip().to_canonical(), client.port())
}
