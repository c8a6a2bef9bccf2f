//! Whether fresh runs showed what was predicted of them.

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::finding::Finding;
use super::prediction::Prediction;
use super::request::Purpose;
use super::trial::Trial;
use super::verdict::Verdict;

/// What was predicted of fresh runs, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// For the verdict, half of its workers and twice as many, from few workers to many.
    pub predictions: Vec<Prediction>,
    /// Whether they hold.
    pub outcome: VerificationOutcome,
    /// The verdict that was put to the test, if that failed: everything else that is said was then found
    /// once more, with the fresh runs among the others.
    pub replaced: Option<Box<Verdict>>,
}

/// Whether predictions hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerificationOutcome {
    /// That of the verdict does, and so do all others that were tested.
    Confirmed,
    /// One at least does not.
    Refuted,
    /// No run of the verdict could be believed, or nothing was predicted that it could have refuted, and none
    /// of the others contradicts it.
    Untested,
}

impl Verification {
    /// Predictions put to the test by those trials that were run for it. None without predictions.
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
