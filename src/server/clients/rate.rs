//! The rate at which a client may begin sessions.

use std::time::Duration;

/// How often a client may begin a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// From one session to the next in the long run.
    pub interval: Duration,
    /// Sessions that may begin at once after a long silence; at least one.
    pub burst: u32,
}
