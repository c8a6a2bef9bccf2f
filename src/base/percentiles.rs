//! Percentiles and their reliability.

use std::time::Duration;

/// The samples that must lie beyond a percentile for it to be reliable.
pub const ENOUGH_BEYOND: f64 = 10.0;

/// A percentile and its reliability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percentile {
    /// The value, or a lower bound of it.
    pub time: Duration,
    /// The value is a lower bound: the wait for failed sessions ended at this time, so the true value may
    /// be higher.
    pub is_bound: bool,
    /// Fewer than [`ENOUGH_BEYOND`] sessions lie beyond it, so it is unreliable.
    pub is_thin: bool,
}
