//! The tuning observer: receives progress while a tuning runs.

use std::time::Duration;

use super::estimate::Span;
use super::request::TrialRequest;
use super::trial::Trial;

/// Receives the progress of a tuning.
pub trait TuningObserver {
    /// Called when a trial begins.
    fn tries(&mut self, progress: &TuningProgress) {
        let _ = progress;
    }

    /// Called when a trial is over.
    fn tried(&mut self, trial: &Trial) {
        let _ = trial;
    }
}

/// Ignores the progress.
impl TuningObserver for () {}

/// The progress of a tuning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TuningProgress {
    /// The current trial and its purpose.
    pub request: TrialRequest,
    /// The number of finished trials.
    pub done: usize,
    /// The answer so far, once there are enough trials.
    pub best: Option<Span>,
    /// The time since the tuning began.
    pub elapsed: Duration,
    /// The rest of the budget; the tuning may need less.
    pub left: Duration,
}
