//! The rate at which a client may begin sessions.

use std::time::Duration;

/// The rate of new sessions of one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The time between two sessions in the long run.
    pub interval: Duration,
    /// Sessions that may begin at once after a long silence; at least one.
    pub burst: u32,
}
