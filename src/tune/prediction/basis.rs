//! The basis of predictions: how far fresh runs may differ from the search.

use super::{ENOUGH, Predicted, Prediction};
use crate::base::as_f64;
use crate::base::statistics::NORMAL_95;
use crate::base::statistics::student;
use crate::tune::bootstrap;
use crate::tune::bootstrap::{Cluster, Mean, tamed};
use crate::tune::candidate::Candidate;
use crate::tune::drift::Drift;
use crate::tune::estimate::{self, Estimate};
use crate::tune::request::Offered;
use crate::tune::trial::Trial;
use crate::tune::variance::Spreads;
use crate::tune::verdict::SURE;

/// The probability that any figure of a verification lies outside its interval.
const OUTSIDE: f64 = 0.05;

/// The extra change from the search to later fresh runs, as standard deviations of the logarithms.
/// Measured on an otherwise idle virtual machine with 35 predictions of throughput and 38 of p99. With
/// these values the errors are as large as predicted; without them, 1.8 and 1.3 times as large.
const LATER_GOODPUT: f64 = 0.07;
const LATER_P99: f64 = 0.1;

/// The variance of the median of three normal numbers, relative to theirs: `1 - √3/π`. Source: Kendall
/// and Stuart, The Advanced Theory of Statistics, on order statistics.
const MEDIAN_OF_THREE: f64 = 0.448_67;

/// The refused share from which a queue was full most of the time.
const REFUSING: f64 = 0.01;

/// The data behind the predictions of a verification.
pub(super) struct Basis<'a> {
    estimate: &'a Estimate,
    trials: &'a [&'a Trial],
    means: Vec<Mean>,
    /// The means with enough runs.
    known: Vec<Mean>,
    spreads: Spreads,
    /// The shift of all figures by a drift that was found, as a logarithm.
    moved: f64,
    /// The probability that one figure lies outside its interval.
    outside: f64,
    /// The number of fresh runs behind each predicted median: one or three.
    fresh: usize,
}

/// The figures expected from the search for a number of workers.
struct Expected {
    goodput: Figure,
    p99: Figure,
    /// The degrees of freedom of the spreads.
    freedom: f64,
}

/// A figure, as a logarithm.
#[derive(Clone, Copy)]
struct Figure {
    log: f64,
    /// The error of the figure and the spread of single runs, as standard deviations.
    error: f64,
    spread: f64,
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
            // Disturbed runs count too, because the next runs may be disturbed.
            spreads,
            moved: drift.map_or(0.0, |drift| drift.moved(&valid).abs()),
            // Each figure gets its part of the total error probability (Bonferroni).
            outside: OUTSIDE / figures,
            estimate,
            trials,
            fresh,
        }
    }

    /// The prediction for a candidate, relative to the verdict if the two differ.
    pub(super) fn predict(
        &self,
        candidate: Candidate,
        offered: Offered,
        verdict: usize,
    ) -> Option<Prediction> {
        let workers = candidate.workers;
        let own = self.expected(workers)?;
        let waits = self.waits(candidate, offered).ln();
        let reach = student::two_sided(self.outside, own.freedom);
        let figure = |it: Figure, later: f64| {
            // A drift may continue, stop or reverse.
            let error = it.error.hypot(later).hypot(self.moved);
            Predicted::of(it.log, reach * error.hypot(self.of_median(it.spread)))
        };
        let p99 = Figure {
            log: own.p99.log + waits,
            ..own.p99
        };
        let is_verdict = workers == verdict;
        let verdict = (!is_verdict).then(|| self.expected(verdict)).flatten();
        let band = self.estimate.band(workers)?;
        Some(Prediction {
            candidate,
            runs: self.fresh,
            goodput: figure(own.goodput, LATER_GOODPUT),
            p99_seconds: figure(p99, LATER_P99),
            share: verdict.map(|verdict| self.share(&own, &verdict)),
            meets: is_verdict && self.is_judged() && band.meets >= SURE,
            met: None,
            holds: None,
        })
    }

    /// The predicted throughput of a candidate relative to the verdict. Drift affects both alike, so
    /// nothing is added for it: 53 shares, and 27 later ones, were as far off as predicted.
    fn share(&self, own: &Expected, verdict: &Expected) -> Predicted {
        let [ours, theirs] = [own, verdict].map(|it| it.goodput);
        let error = ours.error.hypot(theirs.error);
        let fresh = self
            .of_median(ours.spread)
            .hypot(self.of_median(theirs.spread));
        let reach = student::two_sided(self.outside, own.freedom.min(verdict.freedom));
        Predicted::of(ours.log - theirs.log, reach * error.hypot(fresh))
    }

    /// The figures expected from the search for a number of workers.
    fn expected(&self, workers: usize) -> Option<Expected> {
        let spread = self.spreads.at(workers);
        let figure = |log, error, spread| Figure { log, error, spread };
        let own = self.known.iter().find(|mean| mean.workers == workers);
        // Enough own runs are better evidence than the laws.
        let (goodput, p99) = if let Some(Mean { runs, value, .. }) = own {
            let error = |spread: f64| spread / as_f64(*runs).sqrt();
            (
                figure(value.goodput, error(spread.goodput), spread.goodput),
                figure(value.p99, error(spread.p99), spread.p99),
            )
        } else {
            let band = self.estimate.band(workers)?;
            let known = (band.interval.high / band.interval.low).ln() / (2.0 * NORMAL_95);
            let error = known.hypot(self.misfit());
            let p99 = bootstrap::between(self.neighbours(workers), workers, |run| run.p99);
            (
                figure(band.goodput.ln(), error, spread.goodput),
                figure(p99, spread.p99, spread.p99),
            )
        };
        Some(Expected {
            goodput,
            p99,
            freedom: spread.freedom,
        })
    }

    /// The means that predict a number of workers with too few runs of its own. One or two runs alone
    /// would pass on their disturbance; but they are used if the neighbours lie all on one side.
    fn neighbours(&self, workers: usize) -> &[Mean] {
        let fewer = self.known.iter().any(|mean| mean.workers < workers);
        let more = self.known.iter().any(|mean| mean.workers > workers);
        if fewer && more {
            &self.known
        } else {
            &self.means
        }
    }

    /// The spread of the median of fresh runs, from the spread of one run.
    fn of_median(&self, spread: f64) -> f64 {
        let part: f64 = match self.fresh {
            3 => MEDIAN_OF_THREE,
            _ => 1.0,
        };
        spread * part.sqrt()
    }

    /// Whether there are objectives.
    fn is_judged(&self) -> bool {
        self.trials.iter().any(|trial| trial.strain.is_some())
    }

    /// The misfit of the laws: their distance from the measurements beyond the spread of runs.
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

    /// How much longer clients wait than in the search, which sized its queue for a lone session. A full
    /// queue is waited for from end to end. In a closed loop, all clients not being served wait. If all
    /// numbers of workers have equal places or clients, the search measured the wait.
    fn waits(&self, candidate: Candidate, offered: Offered) -> f64 {
        let near = self
            .trials
            .iter()
            .min_by_key(|trial| trial.candidate.workers.abs_diff(candidate.workers));
        let Some(near) = near else { return 1.0 };
        let per_worker = |count: usize, workers: usize| as_f64(count) / as_f64(workers.max(1));
        let workers = (candidate.workers, near.candidate.workers);
        match (offered, near.offered) {
            _ if near.refused > REFUSING && candidate.queue == near.candidate.queue => 1.0,
            _ if near.refused > REFUSING => {
                let now = per_worker(candidate.queue, workers.0);
                now / per_worker(near.candidate.queue, workers.1)
            }
            (Offered::Clients { clients: now, .. }, Offered::Clients { clients: then, .. })
                if now != then && now > workers.0 && then > workers.1 =>
            {
                per_worker(now, workers.0) / per_worker(then, workers.1)
            }
            _ => 1.0,
        }
    }
}
