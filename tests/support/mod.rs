//! What the integration tests share: a server in this process, a scripted one, clients, the program.

#![allow(unreachable_pub, dead_code)]

pub mod ask;
pub mod client;
pub mod lines;
pub mod program;
pub mod puppet;
pub mod scripted;
pub mod server;

use std::thread;
use std::time::{Duration, Instant};

/// The limit of every wait in a test; only a failing test reaches it.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What the time server under test answers, and what any server may.
pub const JAM: &[u8] = b"JAM 12:34:56\r\n";
pub const UNKNOWN: &[u8] = b"ERROR unknown command\r\n";
pub const TOO_LONG: &[u8] = b"ERROR line too long\r\n";
pub const BUSY: &[u8] = b"ERROR busy\r\n";

pub fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Yields until something is so; fails the test when it does not become so.
pub fn await_that(what: &str, mut so: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < until, "never came true: {what}");
        thread::yield_now();
    }
}
