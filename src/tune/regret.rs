//! What every number of workers costs against the best.

use serde::{Deserialize, Serialize};

use super::model::Interval;
use super::trial::{Candidate, Latency};

/// One row of the regret table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Regret {
    /// What would run.
    pub candidate: Candidate,
    /// Good sessions a second, as the estimate has them.
    pub goodput: f64,
    /// Where that may lie at 95 %.
    pub interval: Interval,
    /// How long good sessions took: the medians over its trials, if there were any.
    pub latency: Option<Latency>,
    /// The share of the sessions begun, 0 to 1, that were refused: the median over its trials, if there
    /// were any.
    pub refused: Option<f64>,
    /// What is lost against the best, as a share of it.
    pub loss: f64,
    /// Where that may lie at 95 %.
    pub loss_interval: Interval,
    /// How likely it is that this many meet the objectives and are within 3 % of the best, 0 to 1.
    pub chance: f64,
    /// Trials of the search, those that are not to be believed excepted.
    pub trials: usize,
}
