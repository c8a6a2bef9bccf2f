//! A candidate: a pool of workers behind a queue.

use serde::{Deserialize, Serialize};

/// What is tried: a pool of workers behind a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Candidate {
    /// Workers, one at least.
    pub workers: usize,
    /// Places in the queue, one at least.
    pub queue: usize,
}
