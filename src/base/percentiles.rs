//! Percentiles, and how far each can be trusted.

use std::time::Duration;

/// The samples that must lie beyond a percentile before it is worth printing as it is.
pub const ENOUGH_BEYOND: f64 = 10.0;

/// A percentile and what it is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percentile {
    /// The value, or what the value is at least.
    pub time: Duration,
    /// Sessions that never came to a good end were waited for no longer than this: the true value
    /// may be more.
    pub is_bound: bool,
    /// Fewer than [`ENOUGH_BEYOND`] sessions lie beyond it: chance decides what it is.
    pub is_thin: bool,
}
