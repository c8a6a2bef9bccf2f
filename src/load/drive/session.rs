//! The times of one session: intended start and actual start.

use std::time::Instant;

/// The start of one session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    /// Intended start.
    pub(super) intended: Instant,
    /// Actual start.
    pub(super) began: Instant,
    /// Whether the intended start lies within the window.
    pub(super) counts: bool,
}
