//! The finding: an estimate from trials, and the verdict that follows from it.

use std::time::Duration;

use super::estimate::Estimate;
use super::settings::{Calibration, Demand, Service, Settings};
use super::trial::{self, Trial};
use super::verdict::{Choice, Verdict};
use crate::base::as_f64;

/// The result of the trials.
pub(super) struct Finding {
    pub(super) estimate: Option<Estimate>,
    pub(super) verdict: Verdict,
    /// How long a session keeps a worker of the verdict while all workers are busy.
    pub(super) service: Service,
}

impl Finding {
    pub(super) fn of(trials: &[&Trial], settings: &Settings, calibration: &Calibration) -> Self {
        let estimate = Estimate::of(trials, settings.seed);
        let mut verdict = Verdict::of(estimate.as_ref(), settings);
        let band = verdict.choice().map(|choice| choice.band);
        let busy = band.and_then(|band| match settings.demand {
            // Workers that are always busy serve one session after the other.
            Demand::PerWorker(_) => {
                Duration::try_from_secs_f64(as_f64(band.workers) / band.goodput).ok()
            }
            Demand::Clients { .. } | Demand::Rate(_) => service(trials, band.workers),
        });
        let service = Service {
            mean: busy.unwrap_or(calibration.service.mean),
            variability: calibration.service.variability,
        };
        if let Some(choice) = verdict.choice_mut() {
            choice.candidate = settings.candidate(choice.candidate.workers, service);
        }
        Self {
            estimate,
            verdict,
            service,
        }
    }

    /// The verdict with its estimate, if there is a candidate to run.
    pub(super) fn choice(&self) -> Option<(&Choice, &Estimate)> {
        self.verdict.choice().zip(self.estimate.as_ref())
    }
}

/// How long a session kept a worker with nearly this many workers: the median over the trials for which
/// the server reported it.
fn service(trials: &[&Trial], workers: usize) -> Option<Duration> {
    let told = |trial: &&&Trial| trial.is_valid() && !trial.split.service.is_zero();
    let told = trials.iter().filter(told);
    let nearest = told
        .clone()
        .map(|trial| trial.candidate.workers)
        .min_by_key(|count| count.abs_diff(workers))?;
    let near = told.filter(|trial| trial.candidate.workers == nearest);
    trial::median(near.map(|trial| trial.split.service))
}
