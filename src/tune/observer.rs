//! What a tuning tells while it goes on.

use std::time::Duration;

use super::estimate::Span;
use super::request::TrialRequest;
use super::trial::Trial;

/// Who wants to know how a tuning is getting on.
pub trait TuningObserver {
    /// A trial begins.
    fn tries(&mut self, progress: &TuningProgress) {
        let _ = progress;
    }

    /// A trial is over.
    fn tried(&mut self, trial: &Trial) {
        let _ = trial;
    }
}

/// Nobody wants to know.
impl TuningObserver for () {}

/// How far a tuning is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TuningProgress {
    /// What is being tried, and for what.
    pub request: TrialRequest,
    /// Trials that are over.
    pub done: usize,
    /// The answer so far, once there are enough trials for one.
    pub best: Option<Span>,
    /// Since the tuning began.
    pub elapsed: Duration,
    /// What is left of the budget; it may need less.
    pub left: Duration,
}
