//! The verification: whether fresh runs matched the predictions.

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::finding::Finding;
use super::prediction::Prediction;
use super::request::Purpose;
use super::trial::Trial;
use super::verdict::Verdict;

/// The predictions for fresh runs, and their outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// The predictions for the verdict, half of its workers and twice as many, from few workers to many.
    pub predictions: Vec<Prediction>,
    /// Whether the predictions hold.
    pub outcome: VerificationOutcome,
    /// The refuted verdict, if the test failed. All other findings are then computed anew, with the fresh
    /// runs included.
    pub replaced: Option<Box<Verdict>>,
}

/// Whether predictions hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerificationOutcome {
    /// The verdict's prediction holds, and so do all others that were tested.
    Confirmed,
    /// At least one prediction does not hold.
    Refuted,
    /// No run of the verdict was valid, or its prediction was not testable; and no other prediction
    /// failed.
    Untested,
}

impl Verification {
    /// Tests the predictions by the verification trials. None without predictions.
    pub(super) fn of(
        mut predictions: Vec<Prediction>,
        found: &Finding,
        trials: &[Trial],
    ) -> Option<Self> {
        let fresh = |candidate: Candidate| {
            let fresh = trials.iter().filter(|it| it.purpose == Purpose::Verify);
            let own = fresh.filter(|it| it.candidate == candidate && it.is_valid());
            own.collect::<Vec<&Trial>>()
        };
        let verdict = found.choice().map(|(choice, _)| choice.candidate);
        let of_verdict = verdict.map(fresh).unwrap_or_default();
        for prediction in &mut predictions {
            prediction.test(&fresh(prediction.candidate), &of_verdict);
        }
        let own = predictions.iter().find(|it| Some(it.candidate) == verdict);
        let outcome = if predictions.iter().any(|it| it.holds == Some(false)) {
            VerificationOutcome::Refuted
        } else if own.is_some_and(|own| own.holds.is_some()) {
            VerificationOutcome::Confirmed
        } else {
            VerificationOutcome::Untested
        };
        (!predictions.is_empty()).then_some(Self {
            predictions,
            outcome,
            replaced: None,
        })
    }
}
