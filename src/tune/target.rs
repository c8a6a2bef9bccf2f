//! The tuner's only interface to a server.

use super::request::TrialRequest;
use super::trial::Trial;

/// A server that can run every candidate.
pub trait Target {
    /// Starts a candidate afresh and measures it as requested.
    ///
    /// # Errors
    ///
    /// If there is no trial to report, not even an invalid one.
    fn run(&mut self, request: &TrialRequest) -> Result<Trial, TargetError>;
}

/// Why there is no trial.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The user interrupts the tuning.
    #[error("interrupted")]
    Interrupted,
    /// The candidate did not run.
    #[error("{0}")]
    Failed(String),
}
