//! The pool that is observed: its workers, its queue, its longest wait.

use super::queue_timeout::QueueTimeout;

/// The pool there really is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// Workers, one at least.
    pub workers: usize,
    /// Places in the queue. More than 1 048 576 count as so many.
    pub places: usize,
    /// The longest wait for a worker.
    pub timeout: QueueTimeout,
}
