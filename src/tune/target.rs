//! The one seam between the tuner and the world.

use super::request::TrialRequest;
use super::trial::Trial;

/// A server of which every candidate can be run.
pub trait Target {
    /// Runs a candidate from clean and measures it, as ordered.
    ///
    /// # Errors
    ///
    /// If there is nothing to report, not even a trial that is not to be believed.
    fn run(&mut self, request: &TrialRequest) -> Result<Trial, TargetError>;
}

/// Why there is no trial.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// Somebody wants the tuning to end.
    #[error("interrupted")]
    Interrupted,
    /// The candidate did not run.
    #[error("{0}")]
    Failed(String),
}
