//! The regret table: the cost of every number of workers against the best.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::estimate::Band;
use super::finding::Finding;
use super::model::Interval;
use super::prediction::{AGREED, Met};
use super::request::Purpose;
use super::settings::Settings;
use super::trial::{self, Latency, Trial};
use crate::base::as_f64;

/// One row of the regret table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Regret {
    /// The candidate.
    pub candidate: Candidate,
    /// Estimated good sessions per second.
    pub goodput: f64,
    /// The 95 % interval of goodput.
    pub interval: Interval,
    /// The latency of good sessions: medians over its search trials, else its fresh runs, else trials of
    /// a nearly equal number; none without any of these.
    pub latency: Option<Latency>,
    /// The refused share of the sessions begun, 0 to 1: the median over the runs used for the latency.
    pub refused: Option<f64>,
    /// The loss against the best, as a share.
    pub loss: f64,
    /// The 95 % interval of the loss.
    pub loss_interval: Interval,
    /// The probability, 0 to 1, that this number meets the objectives; 1 without objectives. Without
    /// search trials it is at most the share of three fresh runs that did.
    pub meets: f64,
    /// The probability, 0 to 1, that this number meets the objectives and is within 3 % of the best; at
    /// most `meets`.
    pub chance: f64,
    /// The number of valid search trials.
    pub trials: usize,
}

/// The table: all tried numbers, all fresh runs, and the numbers around the verdict.
pub(super) fn table(found: &Finding, settings: &Settings, trials: &[Trial]) -> Vec<Regret> {
    let Some(estimate) = found.estimate.as_ref() else {
        return Vec::new();
    };
    let valid = trial::searched(trials).into_iter();
    let mut searched: BTreeMap<usize, Vec<&Trial>> = BTreeMap::new();
    for trial in valid.filter(|trial| trial.is_valid()) {
        let of = searched.entry(trial.candidate.workers).or_default();
        of.push(trial);
    }
    for workers in found.choice().iter().flat_map(|(choice, estimate)| {
        let counts = estimate.around(choice.candidate.workers);
        counts.into_iter()
    }) {
        searched.entry(workers).or_default();
    }
    let again = trials.iter().filter(|it| it.purpose == Purpose::Verify);
    for trial in again.filter(|trial| trial.is_valid()) {
        searched.entry(trial.candidate.workers).or_default();
    }
    let rows = searched.iter().filter_map(|(workers, searched)| {
        let band = estimate.band(*workers)?;
        let candidate = settings.candidate(*workers, found.service);
        let ran = match searched.len() {
            0 => fresh(trials, *workers),
            _ => searched.clone(),
        };
        Some(Regret::of(candidate, band, &ran))
    });
    rows.collect()
}

/// The fresh runs of a number of workers, or of the nearest number if that is nearly equal.
fn fresh(trials: &[Trial], workers: usize) -> Vec<&Trial> {
    let fresh = trials.iter().filter(|it| it.purpose == Purpose::Verify);
    let fresh = fresh.filter(|it| it.is_valid());
    let counts = fresh.clone().map(|trial| trial.candidate.workers);
    let nearest = trial::nearly(counts, workers);
    let of_it = fresh.filter(|trial| Some(trial.candidate.workers) == nearest);
    of_it.collect()
}

impl Regret {
    fn of(candidate: Candidate, band: &Band, trials: &[&Trial]) -> Self {
        let median = |of: fn(&Latency) -> Duration| {
            trial::median(trials.iter().map(|trial| of(&trial.latency)))
        };
        let latency = || {
            Some(Latency {
                p50: median(|it| it.p50)?,
                p95: median(|it| it.p95)?,
                p99: median(|it| it.p99)?,
            })
        };
        let searched = trials.iter().filter(|it| it.purpose.is_search()).count();
        let most = match Met::of(trials) {
            Some(Met { met, of }) if searched == 0 && of >= AGREED => as_f64(met) / as_f64(of),
            _ => 1.0,
        };
        Self {
            candidate,
            goodput: band.goodput,
            interval: band.interval,
            latency: latency(),
            refused: trial::median_number(trials.iter().map(|trial| trial.refused)),
            loss: band.loss,
            loss_interval: band.loss_interval,
            meets: band.meets.min(most),
            chance: band.chance.min(most),
            trials: searched,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn what_the_search_did_not_run_has_the_latency_of_fresh_runs_of_nearly_as_many_workers() {
        let tuning = sample::tuning(1);
        let fresh = |workers| fresh(&tuning.trials, workers);
        let verified = tuning.verification.as_ref().unwrap();
        let most = verified.predictions.last().unwrap().candidate.workers;
        assert_eq!(fresh(most).len(), 3);
        assert_eq!(fresh(most + 1), fresh(most));
        assert!(fresh(2 * most).is_empty());
    }
}
