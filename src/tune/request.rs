//! Trial requests: the orders that a target runs.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use crate::base::serialized::seconds;

/// One run of one candidate, as ordered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrialRequest {
    /// The purpose of the trial.
    pub purpose: Purpose,
    /// The candidate to run.
    pub candidate: Candidate,
    /// How clients come to it.
    pub offered: Offered,
    /// The measured length.
    pub length: Duration,
}

/// The purpose of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Tries workers of all orders of magnitude.
    Sweep,
    /// Repeats candidates between which the decision is open.
    Refine,
    /// Repeats one candidate to detect changes of the machine.
    Sentinel,
    /// Measures how latency grows with the arrival rate.
    Load,
    /// Measures the queue under more sessions than the workers can serve.
    Overload,
    /// Tests the prediction.
    Verify,
}

/// How clients come in one trial.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Offered {
    /// A closed loop: a fixed number of clients; each returns after a pause once it was served or
    /// refused.
    Clients {
        /// The number of clients.
        clients: usize,
        /// The pause.
        #[serde(rename = "think_seconds", with = "seconds")]
        think: Duration,
    },
    /// An open loop: this many sessions per second, independent of earlier sessions.
    Rate(f64),
}

impl Purpose {
    /// Whether the estimate uses trials of this purpose.
    pub(super) fn is_search(self) -> bool {
        matches!(self, Self::Sweep | Self::Refine | Self::Sentinel)
    }
}
