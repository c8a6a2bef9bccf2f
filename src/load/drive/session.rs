//! The times of one session: when it was meant to begin, and when it began.

use std::time::Instant;

/// When one session began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    /// When it was meant to begin.
    pub(super) intended: Instant,
    /// When it did.
    pub(super) began: Instant,
    /// Whether it was meant to begin within the window.
    pub(super) counts: bool,
}
