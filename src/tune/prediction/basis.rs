//! How far fresh runs may lie from what a search saw.

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

/// What the search says of so many workers.
struct Expected {
    goodput: Figure,
    p99: Figure,
    /// The degrees of freedom that spreads are known with.
    freedom: f64,
}

/// A figure, as a logarithm.
#[derive(Clone, Copy)]
struct Figure {
    log: f64,
    /// How well that is known, and how far single runs lie apart, as standard deviations.
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

    /// What a candidate should show, beside the verdict if it is another.
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
            // What changed while the trials went on may go on, stop, or turn back.
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

    /// What the throughput of a candidate should be of that of the verdict. A machine that becomes faster or
    /// slower meanwhile does so for both: 53 such shares lay as far off as they should with nothing added for that,
    /// and 27 later ones did.
    fn share(&self, own: &Expected, verdict: &Expected) -> Predicted {
        let [ours, theirs] = [own, verdict].map(|it| it.goodput);
        let error = ours.error.hypot(theirs.error);
        let fresh = self
            .of_median(ours.spread)
            .hypot(self.of_median(theirs.spread));
        let reach = student::two_sided(self.outside, own.freedom.min(verdict.freedom));
        Predicted::of(ours.log - theirs.log, reach * error.hypot(fresh))
    }

    /// What the search says of so many workers.
    fn expected(&self, workers: usize) -> Option<Expected> {
        let spread = self.spreads.at(workers);
        let figure = |log, error, spread| Figure { log, error, spread };
        let own = self.known.iter().find(|mean| mean.workers == workers);
        // What was measured often enough is more than what laws say of it.
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

    /// Those that say something of so many workers that ran too seldom: of a number that ran once or twice,
    /// what disturbed that would be all there is to say. But it says more than those that lie all to one side.
    fn neighbours(&self, workers: usize) -> &[Mean] {
        let fewer = self.known.iter().any(|mean| mean.workers < workers);
        let more = self.known.iter().any(|mean| mean.workers > workers);
        if fewer && more {
            &self.known
        } else {
            &self.means
        }
    }

    /// How far the median of fresh runs may lie off, from how far one may.
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
    /// and again all but those at work wait. Of as many places, or clients, as all numbers of workers have it
    /// is measured how long they wait.
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
