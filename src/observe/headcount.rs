//! The number of workers and its lease, as JSON.

use serde::{Deserialize, Serialize};

/// The number of workers that a server should have.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Headcount {
    /// The number of workers.
    pub workers: usize,
    /// The lease, unless the number is permanent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<LeaseView>,
}

/// A lease on the number of workers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LeaseView {
    /// The lease's number, which no other lease has, even after a restart of the server.
    pub number: u64,
    /// The number of workers when the lease ends.
    pub otherwise: usize,
    /// The remaining seconds, unless the lease is renewed.
    pub left_seconds: f64,
}
