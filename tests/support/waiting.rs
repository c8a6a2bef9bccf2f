//! Waiting for something, but not for ever.

use std::thread;
use std::time::{Duration, Instant};

/// The limit of every wait in a test; only a failing test reaches it.
pub const PATIENCE: Duration = Duration::from_secs(10);

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
