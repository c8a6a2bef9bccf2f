//! How far fresh runs may lie from what a search saw.

use super::{ENOUGH, Met, Predicted, Prediction};
use crate::load::student;
use crate::tune::as_f64;
use crate::tune::drift::Drift;
use crate::tune::estimate::{self, Estimate};
use crate::tune::normal::NORMAL_95;
use crate::tune::order::Offered;
use crate::tune::resample::{self, Cluster, Mean, tamed};
use crate::tune::spread::Spreads;
use crate::tune::trial::{Candidate, Trial};

/// The probability that any figure of a verification lies outside of its interval.
const OUTSIDE: f64 = 0.05;

/// By how much throughput and p99 change from a search to the fresh runs after it that no run of the search
/// has shown, as standard deviations of their logarithms: with them 35 predictions of throughput and 38 of p99
/// on a virtual machine that did nothing else lie as far off as they should, and without them 1.8 and 1.3
/// times as far.
const LATER_GOODPUT: f64 = 0.07;
const LATER_P99: f64 = 0.1;

/// The variance of the median of three normal numbers, as a share of theirs: `1 - √3/π` (Kendall and
/// Stuart, The Advanced Theory of Statistics, on order statistics).
const MEDIAN_OF_THREE: f64 = 0.448_67;

/// The share of refused sessions from which a queue was full for most of the time.
const REFUSING: f64 = 0.01;

/// What a verification is predicted from.
pub(super) struct Basis<'a> {
    estimate: &'a Estimate,
    trials: &'a [&'a Trial],
    means: Vec<Mean>,
    /// Those of enough runs.
    known: Vec<Mean>,
    spreads: Spreads,
    /// By how much a drift that was found has moved all figures, as a logarithm.
    moved: f64,
    /// The probability that one figure lies outside of its interval.
    outside: f64,
    /// Of how many fresh runs the median is predicted: one or three.
    fresh: usize,
}

impl<'a> Basis<'a> {
    pub(super) fn of(
        estimate: &'a Estimate,
        trials: &'a [&'a Trial],
        fresh: usize,
        figures: f64,
    ) -> Self {
        let valid = trials.iter().copied().filter(|trial| trial.is_usable());
        let valid: Vec<&Trial> = valid.collect();
        let drift = estimate.drift.filter(Drift::is_found);
        let clusters = estimate::clusters(&valid, drift);
        let spreads = Spreads::of(&clusters);
        let means: Vec<Mean> = tamed(clusters).iter().map(Cluster::mean).collect();
        let known = means.iter().filter(|mean| mean.runs >= ENOUGH);
        Self {
            known: known.copied().collect(),
            means,
            // Of what was disturbed too: so may the next runs be.
            spreads,
            moved: drift.map_or(0.0, |drift| drift.moved(&valid).abs()),
            // Of so many figures all at once: each is held to its part of what may go wrong (Bonferroni).
            outside: OUTSIDE / figures,
            estimate,
            trials,
            fresh,
        }
    }

    pub(super) fn predict(&self, candidate: Candidate, offered: Offered) -> Option<Prediction> {
        let workers = candidate.workers;
        let spread = self.spreads.at(workers);
        let own = self.known.iter().find(|mean| mean.workers == workers);
        // What was measured often enough is more than what laws say of it.
        let (goodput, p99) = if let Some(Mean { runs, value, .. }) = own {
            let error = |spread: f64| spread / as_f64(*runs).sqrt();
            (
                (value.goodput, error(spread.goodput)),
                (value.p99, error(spread.p99)),
            )
        } else {
            let band = self.estimate.band(workers)?;
            let known = (band.interval.high / band.interval.low).ln() / (2.0 * NORMAL_95);
            // Of a number that ran once or twice, what disturbed that would be all there is to say.
            // But it says more than those that lie all to one side.
            let fewer = self.known.iter().any(|mean| mean.workers < workers);
            let more = self.known.iter().any(|mean| mean.workers > workers);
            let neighbours = if fewer && more {
                &self.known
            } else {
                &self.means
            };
            let p99 = resample::between(neighbours, workers, |run| run.p99);
            (
                (band.goodput.ln(), known.hypot(self.misfit())),
                (p99, spread.p99),
            )
        };
        let waits = self.waits(candidate, offered).ln();
        let reach = student::two_sided(self.outside, spread.freedom);
        let figure = |(log, error): (f64, f64), spread: f64, later: f64| {
            Predicted::of(log, reach * self.deviation(error.hypot(later), spread))
        };
        let p99 = (p99.0 + waits, p99.1);
        Some(Prediction {
            candidate,
            runs: self.fresh,
            goodput: figure(goodput, spread.goodput, LATER_GOODPUT),
            p99_seconds: figure(p99, spread.p99, LATER_P99),
            meets: self.meets(workers),
            met: None,
            holds: None,
        })
    }

    /// What all runs of so many workers did with the objectives, if those are enough and agree.
    fn meets(&self, workers: usize) -> Option<bool> {
        let own = self.trials.iter().copied().filter(|it| it.is_usable());
        let own = own.filter(|trial| trial.candidate.workers == workers);
        let met = Met::of(&own.collect::<Vec<_>>())?;
        met.all().filter(|_| met.of >= ENOUGH)
    }

    /// How far the median of fresh runs may lie off, as a standard deviation, from those of what is
    /// likeliest and of one run.
    fn deviation(&self, error: f64, spread: f64) -> f64 {
        let median = match self.fresh {
            3 => MEDIAN_OF_THREE,
            _ => 1.0,
        };
        // What changed while the trials went on may go on, stop, or turn back.
        let known = error.hypot(self.moved);
        known.hypot(spread * median.sqrt())
    }

    /// How far the laws lie from what was measured, beyond what the spread of runs explains.
    fn misfit(&self) -> f64 {
        let squares = self.means.iter().map(|mean| {
            let log = self.estimate.contest.log(as_f64(mean.workers));
            let spread = self.spreads.at(mean.workers).goodput;
            let chance = spread.powi(2) / as_f64(mean.runs.max(1));
            (mean.value.goodput - log).powi(2) - chance
        });
        let mean = squares.sum::<f64>() / as_f64(self.means.len().max(1));
        mean.max(0.0).sqrt()
    }

    /// How much longer clients wait than in the trials of the search, whose queue was made for a session
    /// alone on the machine: a full queue is waited for from end to end, and of clients that come again
    /// and again all but those at work wait.
    fn waits(&self, candidate: Candidate, offered: Offered) -> f64 {
        let near = self
            .trials
            .iter()
            .min_by_key(|trial| trial.candidate.workers.abs_diff(candidate.workers));
        let Some(near) = near else { return 1.0 };
        let per_worker = |count: usize, workers: usize| as_f64(count) / as_f64(workers.max(1));
        let workers = (candidate.workers, near.candidate.workers);
        match (offered, near.offered) {
            _ if near.refused > REFUSING => {
                let now = per_worker(candidate.queue, workers.0);
                now / per_worker(near.candidate.queue, workers.1)
            }
            (Offered::Clients { clients: now, .. }, Offered::Clients { clients: then, .. })
                if now > workers.0 && then > workers.1 =>
            {
                per_worker(now, workers.0) / per_worker(then, workers.1)
            }
            _ => 1.0,
        }
    }
}
