//! The session log: all sessions or one in N, with a limit of lines a second.
//! It counts the lines it leaves out.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use tracing::{Level, info};

/// Writes up to a number of lines a second about sessions, and as many about refusals and failures. Each kind
/// has a limit of its own, so that neither suppresses the other.
///
/// A line that is left out costs an atomic increment and no formatting.
#[derive(Debug)]
pub struct SessionLog {
    sessions: Allowance,
    trouble: Allowance,
    /// One session in this many is logged.
    sample: u64,
    /// The number of sessions begun, counted only if not all are logged.
    begun: AtomicU64,
}

/// How a session ended, as text for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The client ended the session in order, in the given way.
    InOrder(&'static str),
    /// The server closed the session for the given reason.
    Closed(&'static str),
    /// The session failed for the given reason. The end is logged even if the start was not.
    Failed(&'static str),
}

/// Whether a session is in the sample that is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampled {
    /// The session is logged.
    In,
    /// The session is logged only if it fails.
    Out,
}

impl SessionLog {
    /// A log of at most `per_second` lines of each kind a second, and of one session in `sample`.
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

    /// Logs that a worker took a session after this wait. The result must be passed to `session_ended`.
    pub fn session_started(&self, client: SocketAddr, worker: usize, waited: Duration) -> Sampled {
        let sampled = self.sample();
        if sampled == Sampled::In && self.sessions.admits() {
            let client = canonical(client);
            info!(%client, worker, ?waited, "session started");
        }
        sampled
    }

    /// Logs that a session ended.
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

    /// Logs that a client was not admitted, and the reason.
    pub fn refused(&self, client: SocketAddr, reason: &'static str) {
        if self.trouble.admits() {
            let client = canonical(client);
            info!(%client, reason, "client refused");
        }
    }

    /// Logs that a connection ended before its first command was complete, and the reason.
    pub fn ended_early(&self, client: SocketAddr, reason: &'static str) {
        if self.trouble.admits() {
            let client = canonical(client);
            info!(%client, reason, "connection ended before its first command");
        }
    }

    /// Logs that a client over the given limit was admitted in a dry run.
    pub fn spared(&self, client: SocketAddr, reason: &'static str) {
        if self.trouble.admits() {
            let client = canonical(client);
            info!(%client, reason, "client would be refused");
        }
    }

    /// Starts the next second, and logs how many lines the last second left out.
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

    /// The number of lines left out, without the current second.
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

/// A limit of lines a second.
#[derive(Debug)]
struct Allowance {
    per_second: i64,
    /// Lines still allowed in this second.
    left: AtomicI64,
    /// Lines left out in this second.
    omitted: AtomicU64,
    /// Lines left out in earlier seconds.
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
        // The load before the change spares a busy second a second write to the cache line that all workers
        // share. A race may leave one line out or let one more through.
        let admitted =
            self.left.load(Ordering::Relaxed) > 0 && self.left.fetch_sub(1, Ordering::Relaxed) > 0;
        if !admitted {
            self.omitted.fetch_add(1, Ordering::Relaxed);
        }
        admitted
    }

    /// Starts the next second, and returns how many lines the last second left out.
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

/// The client's own form of its address: an IPv4 client of a dual-stack listener appears as IPv6.
fn canonical(client: SocketAddr) -> SocketAddr {
    SocketAddr::new(client.ip().to_canonical(), client.port())
}
