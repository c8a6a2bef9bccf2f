//! The scripts that simulated clients follow, and what becomes of their connections.

use std::time::Duration;

/// A client, or all clients of one kind that come at random.
#[derive(Debug, Clone)]
pub(super) enum Script {
    /// Sessions of exponential length that begin at random, each of a client of its own. The rate holds
    /// until a moment, then the next one does.
    Stream {
        mean: Duration,
        rates: Vec<(Duration, f64)>,
    },
    /// One client whose sessions take this long; it comes again after a pause.
    Repeats {
        address: u32,
        length: Duration,
        pause: Duration,
    },
    /// One client that never ends a session, and comes again at once when it is refused or closed.
    Stays { address: u32 },
    /// One client that comes at equal intervals for a session of a millisecond.
    Behaves { address: u32, interval: Duration },
}

/// How one connection ended, for the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// After this long, the wait included.
    Served(Duration),
    /// After this long.
    Refused(Duration),
    /// Its turn was over after this long.
    Closed(Duration),
}

/// One connection and its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visit {
    /// The script it is of.
    pub(super) script: usize,
    pub(super) began: Duration,
    pub(super) end: End,
}
