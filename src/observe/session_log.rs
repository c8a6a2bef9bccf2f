//! What is logged about sessions: every one while they are few, a count of the rest when they are
//! many.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use tracing::{Level, info};

/// Writes a line for each session that starts, ends, is refused or would be, up to so many a second.
///
/// A session that is left out costs an atomic increment and no formatting.
#[derive(Debug)]
pub struct SessionLog {
    per_second: i64,
    /// Lines that may still be written in this second.
    left: AtomicI64,
    /// Lines left out in this second.
    omitted: AtomicU64,
    /// Lines left out in the seconds before.
    omitted_before: AtomicU64,
}

impl SessionLog {
    /// A log of at most this many lines a second.
    pub fn new(per_second: u32) -> Self {
        Self {
            per_second: per_second.into(),
            left: AtomicI64::new(per_second.into()),
            omitted: AtomicU64::new(0),
            omitted_before: AtomicU64::new(0),
        }
    }

    /// A worker took a session that had waited this long.
    pub fn session_started(&self, client: SocketAddr, worker: usize, waited: Duration) {
        if self.admits() {
            let client = canonical(client);
            info!(%client, worker, ?waited, "session started");
        }
    }

    /// A session ended, for the reason named.
    pub fn session_ended(
        &self,
        client: SocketAddr,
        worker: usize,
        commands: u64,
        duration: Duration,
        ended: &'static str,
    ) {
        if self.admits() {
            let client = canonical(client);
            info!(%client, worker, commands, ?duration, ended, "session ended");
        }
    }

    /// A client was not admitted, for the reason named.
    pub fn refused(&self, client: SocketAddr, reason: &'static str) {
        if self.admits() {
            let client = canonical(client);
            info!(%client, reason, "client refused");
        }
    }

    /// A client left before a worker was free for it, in the way named.
    pub fn left(&self, client: SocketAddr, reason: &'static str) {
        if self.admits() {
            let client = canonical(client);
            info!(%client, reason, "client left the queue");
        }
    }

    /// A client was admitted in a dry run, though it is over the limit named.
    pub fn spared(&self, client: SocketAddr, reason: &'static str) {
        if self.admits() {
            let client = canonical(client);
            info!(%client, reason, "client would be refused");
        }
    }

    /// Begins another second, and says how many lines the last one left out.
    pub fn next_second(&self) {
        self.left.store(self.per_second, Ordering::Relaxed);
        let omitted = self.omitted.swap(0, Ordering::Relaxed);
        self.omitted_before.fetch_add(omitted, Ordering::Relaxed);
        if omitted > 0 {
            info!(omitted, "session lines left out in the last second");
        }
    }

    /// Lines that were left out so far, this second's not counted.
    pub fn omitted(&self) -> u64 {
        self.omitted_before.load(Ordering::Relaxed)
    }

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
}

/// The address as its owner knows it: an IPv4 client of a dual-stack listener arrives as an IPv6 one.
fn canonical(client: SocketAddr) -> SocketAddr {
    SocketAddr::new(client.ip().to_canonical(), client.port())
}
