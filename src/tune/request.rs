//! What a target is told to run.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use crate::base::serialized::seconds;

/// One run of one candidate, as it is ordered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrialRequest {
    /// What it is for.
    pub purpose: Purpose,
    /// What runs.
    pub candidate: Candidate,
    /// How clients come to it.
    pub offered: Offered,
    /// How long it measures.
    pub length: Duration,
}

/// What a trial is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To try workers of all orders of magnitude.
    Sweep,
    /// To try again where the decision is open.
    Refine,
    /// To see whether the machine changes: always the same candidate.
    Sentinel,
    /// To see how latency grows with the rate at which sessions come.
    Load,
    /// To see what the queue does with more sessions than the workers can serve.
    Overload,
    /// To see whether the prediction holds.
    Verify,
}

/// How clients come in one trial.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Offered {
    /// Always as many, each coming again when it was served or refused and after a pause.
    Clients {
        /// How many.
        clients: usize,
        /// The pause.
        #[serde(rename = "think_seconds", with = "seconds")]
        think: Duration,
    },
    /// So many sessions a second, whatever became of those before.
    Rate(f64),
}

impl Purpose {
    /// Whether such trials are what the estimate rests on.
    pub(super) fn is_search(self) -> bool {
        matches!(self, Self::Sweep | Self::Refine | Self::Sentinel)
    }
}
