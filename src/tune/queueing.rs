//! How long the queue should be, and what that means for those who wait in it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::trial::Trial;
use crate::load::seconds;

/// The queue of the verdict: as long as a wait may be, and what a model and a run say of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Queueing {
    /// Its places.
    pub places: usize,
    /// How long an admitted client may wait: what was asked, or four sessions.
    #[serde(rename = "wait_seconds", with = "seconds")]
    pub wait: Duration,
    /// How long the last in a full queue waits in the mean: places times service time over workers.
    #[serde(rename = "longest_wait_seconds", with = "seconds")]
    pub longest_wait: Duration,
    /// Sessions a second that the model is asked about: the demand, or nine tenths of what the workers
    /// can serve where the demand is no rate.
    pub offered: f64,
    /// The share of them, 0 to 1, that would be refused.
    pub refused: f64,
    /// What one in a hundred of the others would wait longer than.
    #[serde(rename = "p99_wait_seconds", with = "seconds")]
    pub p99_wait: Duration,
    /// The same of other pools, row by row from few workers to many, in each from short queues to long.
    pub grid: Vec<QueueCell>,
    /// The run with half as many sessions again as the workers can serve, if there was time for it.
    pub overload: Option<Overload>,
}

/// What a model says of a pool at the rate that is offered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct QueueCell {
    /// Its workers.
    pub workers: usize,
    /// The places of its queue.
    pub queue: usize,
    /// The share of sessions, 0 to 1, that it would refuse.
    pub refused: f64,
    /// What one in a hundred of the others would wait longer than.
    #[serde(rename = "p99_wait_seconds", with = "seconds")]
    pub p99_wait: Duration,
}

/// A run with more sessions than the workers can serve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Overload {
    /// What it gave.
    pub trial: Trial,
    /// How long those waited that were admitted, in the mean.
    #[serde(rename = "waited_seconds", with = "seconds")]
    pub waited: Duration,
    /// Whether that is within what a wait may be, a tenth of it allowed for.
    pub holds: bool,
}
