//! The course of a tuning: the search, then what is run of its verdict.

use fastrand::Rng;

use super::candidate::Candidate;
use super::finding::Finding;
use super::plan::Plan;
use super::prediction::Prediction;
use super::request::{Offered, Purpose, TrialRequest};
use super::runner::{Runner, TuningEnd};
use super::settings::{Calibration, Settings};
use super::trial::Trial;
use super::verification::{Verification, VerificationOutcome};

/// How many sessions come in an overload, for each that the workers can serve.
const OVERLOAD: f64 = 1.5;

/// With fewer than that the queue may not even fill.
const LEAST_OVERLOAD: f64 = 1.2;

/// The part of what the load generator reaches against a server that does nothing at which it still keeps
/// to a rate.
const REACHED: f64 = 0.9;

/// A tuning under way.
pub(crate) struct Course<'a, 'b> {
    pub(crate) settings: &'a Settings,
    pub(crate) calibration: &'a Calibration,
    pub(crate) plan: &'a Plan,
    pub(crate) runner: &'a mut Runner<'b>,
    pub(crate) random: &'a mut Rng,
}

impl Course<'_, '_> {
    /// What the trials of these purposes say.
    pub(crate) fn find(&self, purposes: fn(Purpose) -> bool) -> Finding {
        let trials = self.runner.trials().iter();
        let trials: Vec<&Trial> = trials.filter(|trial| purposes(trial.purpose)).collect();
        Finding::of(&trials, self.settings, self.calibration)
    }

    /// What is found with the fresh runs among the others, if those refuted what was found without them.
    pub(crate) fn refit(
        &self,
        found: Finding,
        verification: Option<Verification>,
    ) -> (Finding, Option<Verification>) {
        match verification {
            Some(refuted) if refuted.outcome == VerificationOutcome::Refuted => {
                let again = self.find(|it| it.is_search() || it == Purpose::Verify);
                let replaced = Some(Box::new(found.verdict));
                (
                    again,
                    Some(Verification {
                        replaced,
                        ..refuted
                    }),
                )
            }
            other => (found, other),
        }
    }

    /// Runs what was found under other loads than the search, and as it was once more.
    pub(crate) fn follow(
        &mut self,
        found: &Finding,
        predictions: &[Prediction],
    ) -> Result<(), TuningEnd> {
        // What there is no time for is left out: what comes after it has a time of its own.
        let rest = |result: Result<(), TuningEnd>| match result {
            Err(end) if end.is_final() => Err(end),
            Ok(()) | Err(_) => Ok(()),
        };
        rest(self.load(found))?;
        rest(self.overload(found))?;
        rest(self.verify(found, predictions))
    }

    /// Latency against the rate at which sessions come, for the verdict and pools around it.
    fn load(&mut self, found: &Finding) -> Result<(), TuningEnd> {
        let Some((choice, estimate)) = found.choice() else {
            return Ok(());
        };
        let around = estimate.around(choice.candidate.workers).into_iter();
        let mut orders: Vec<(Candidate, f64)> = around
            .flat_map(|workers| {
                let candidate = self.settings.candidate(workers, found.service);
                let rates = self.plan.rates.iter();
                rates.map(move |part| (candidate, part * choice.band.goodput))
            })
            .collect();
        self.random.shuffle(&mut orders);
        for (candidate, rate) in orders {
            let request = self.request(Purpose::Load, candidate, Offered::Rate(rate));
            self.runner.run(request, self.plan.after_load())?;
        }
        Ok(())
    }

    /// More sessions than the verdict can serve, as far as the load generator has them.
    fn overload(&mut self, found: &Finding) -> Result<(), TuningEnd> {
        let Some((choice, _)) = found.choice() else {
            return Ok(());
        };
        let goodput = choice.band.goodput;
        let reached = self.calibration.ceiling.map(|ceiling| REACHED * ceiling);
        let rate = (OVERLOAD * goodput).min(reached.unwrap_or(f64::INFINITY));
        if rate < LEAST_OVERLOAD * goodput {
            return Ok(());
        }
        let request = self.request(Purpose::Overload, choice.candidate, Offered::Rate(rate));
        self.runner.run(request, self.plan.verifying())
    }

    /// Fresh runs of what was predicted in blocks, of the verdict first: it is what matters if time runs
    /// out.
    fn verify(&mut self, found: &Finding, predictions: &[Prediction]) -> Result<(), TuningEnd> {
        let mut candidates: Vec<Candidate> = predictions.iter().map(|it| it.candidate).collect();
        let verdict = found.choice().map(|(choice, _)| choice.candidate);
        for _ in 0..self.plan.fresh {
            self.random.shuffle(&mut candidates);
            candidates.sort_by_key(|candidate| Some(*candidate) != verdict);
            for candidate in &candidates {
                let offered = self.settings.offered(*candidate);
                let request = self.request(Purpose::Verify, *candidate, offered);
                self.runner.run(request, 0)?;
            }
        }
        Ok(())
    }

    pub(crate) fn request(
        &self,
        purpose: Purpose,
        candidate: Candidate,
        offered: Offered,
    ) -> TrialRequest {
        TrialRequest {
            purpose,
            candidate,
            offered,
            length: self.plan.length,
        }
    }
}
