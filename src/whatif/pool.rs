//! The settings of the observed pool: workers, queue places and longest wait.

use super::queue_timeout::QueueTimeout;

/// The settings of the real pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// Workers, at least one.
    pub workers: usize,
    /// Places in the queue; at most 1 048 576 count.
    pub places: usize,
    /// The longest wait for a worker.
    pub timeout: QueueTimeout,
}
