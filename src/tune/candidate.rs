//! A candidate: a pool of workers behind a queue.

use serde::{Deserialize, Serialize};

/// A candidate: a pool of workers behind a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Candidate {
    /// Workers, at least one.
    pub workers: usize,
    /// Places in the queue, at least one.
    pub queue: usize,
}
