//! What fresh runs should show, and whether they did.

use serde::{Deserialize, Serialize};

use super::model::Interval;
use super::trial::{Candidate, Trial};
use super::verdict::Verdict;

/// What was predicted of fresh runs, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// For the verdict, half of its workers and twice as many, from few workers to many.
    pub predictions: Vec<Prediction>,
    /// Whether they hold.
    pub outcome: Outcome,
    /// The verdict that was put to the test, if that failed: everything else that is said was then found
    /// once more, with the fresh runs among the others.
    pub replaced: Option<Box<Verdict>>,
}

/// Whether predictions hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// All that were tested do.
    Confirmed,
    /// One at least does not.
    Refuted,
    /// Nothing ran that could be believed.
    Untested,
}

/// What one candidate should show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Which.
    pub candidate: Candidate,
    /// Good sessions a second.
    pub goodput: Predicted,
    /// The 99th percentile of good sessions, in seconds.
    pub p99_seconds: Predicted,
    /// The fresh run, if there was time for it.
    pub trial: Option<Trial>,
    /// Whether it was to be believed and both figures lie where they should; none without such a run.
    pub holds: Option<bool>,
}

/// A figure before it is measured, and after.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Predicted {
    /// What is likeliest.
    pub value: f64,
    /// Where the figure of one run should lie. All figures of a verification together do so at 95 %.
    pub interval: Interval,
    /// What was measured.
    pub measured: Option<f64>,
    /// How far that is from what is likeliest, as a share of it.
    pub error: Option<f64>,
}
