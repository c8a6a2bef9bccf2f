//! The scripts of simulated clients, and the results of their connections.

use std::time::Duration;

/// A client, or all clients of one kind with random arrivals.
#[derive(Debug, Clone)]
pub(super) enum Script {
    /// Sessions of exponential length with random arrivals, each from its own client. Each rate holds until
    /// its moment, then the next one holds.
    Stream {
        mean: Duration,
        rates: Vec<(Duration, f64)>,
    },
    /// One client with sessions of this length, which returns after a pause.
    Repeats {
        address: u32,
        length: Duration,
        pause: Duration,
    },
    /// One client that never ends a session, and returns at once when it is refused or closed.
    Stays { address: u32 },
    /// One client with a session of a millisecond at equal intervals.
    Behaves { address: u32, interval: Duration },
}

/// The end of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Served after this long, the wait included.
    Served(Duration),
    /// Refused after this long.
    Refused(Duration),
    /// Closed after this long, because its turn was over.
    Closed(Duration),
}

/// One connection and its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visit {
    /// The index of its script.
    pub(super) script: usize,
    pub(super) began: Duration,
    pub(super) end: End,
}
