//! The course of a tuning: the search, then the runs that test its verdict.

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

/// The load of an overload, relative to the sessions that the workers can serve.
const OVERLOAD: f64 = 1.5;

/// The least relative load of an overload; below it the queue may not fill.
const LEAST_OVERLOAD: f64 = 1.2;

/// The part of the load generator's ceiling up to which it keeps to a rate.
const REACHED: f64 = 0.9;

/// A tuning in progress.
pub(crate) struct Course<'a, 'b> {
    pub(crate) settings: &'a Settings,
    pub(crate) calibration: &'a Calibration,
    pub(crate) plan: &'a Plan,
    pub(crate) runner: &'a mut Runner<'b>,
    pub(crate) random: &'a mut Rng,
}

impl Course<'_, '_> {
    /// The finding from the trials of the given purposes.
    pub(crate) fn find(&self, purposes: fn(Purpose) -> bool) -> Finding {
        let trials = self.runner.trials().iter();
        let trials: Vec<&Trial> = trials.filter(|trial| purposes(trial.purpose)).collect();
        Finding::of(&trials, self.settings, self.calibration)
    }

    /// The finding with the fresh runs included, if they refuted the first finding.
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

    /// Runs the verdict under other loads than the search, and then verifies it.
    pub(crate) fn follow(
        &mut self,
        found: &Finding,
        predictions: &[Prediction],
    ) -> Result<(), TuningEnd> {
        // A run that does not fit the budget is skipped; later runs have time reserved.
        let rest = |result: Result<(), TuningEnd>| match result {
            Err(end) if end.is_final() => Err(end),
            Ok(()) | Err(_) => Ok(()),
        };
        rest(self.load(found))?;
        rest(self.overload(found))?;
        rest(self.verify(found, predictions))
    }

    /// Measures latency against the arrival rate, for the verdict and the pools around it.
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

    /// Runs more sessions than the verdict can serve, as far as the load generator can produce them.
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

    /// Fresh runs of the predicted candidates in blocks; the verdict runs first because it matters most
    /// if time runs out.
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
