//! How many workers there are to be, and until when, as JSON.

use serde::{Deserialize, Serialize};

/// How many workers a server is to have.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Headcount {
    /// How many.
    pub workers: usize,
    /// Until when, if not for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<LeaseView>,
}

/// A number of workers that holds for as long as somebody renews it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LeaseView {
    /// Which one: each has another number, in another run of the server too.
    pub number: u64,
    /// How many workers there are to be when it is over.
    pub otherwise: usize,
    /// Until then, in seconds, unless it is renewed.
    pub left_seconds: f64,
}
