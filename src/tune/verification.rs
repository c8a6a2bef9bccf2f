//! What fresh runs should show, and whether they did.

use serde::{Deserialize, Serialize};

use super::as_f64;
use super::drift::Drift;
use super::estimate::{self, Estimate};
use super::finding::Finding;
use super::model::Interval;
use super::order::{Offered, Purpose};
use super::resample::{self, Cluster, Mean, Run};
use super::settings::Settings;
use super::trial::{Candidate, Trial};
use super::verdict::Verdict;
use crate::load::student;

/// The probability that any figure of a verification lies outside of its interval.
const OUTSIDE: f64 = 0.05;

/// The figures of each candidate: throughput and the 99th percentile.
const FIGURES: f64 = 2.0;

/// What a figure may be off, as a logarithm, however sure it seems: what is less would change no decision.
const LEAST_GOODPUT: f64 = 0.03;
const LEAST_P99: f64 = 0.1;

/// So many runs of a candidate say more of it than the laws do.
const ENOUGH: usize = 3;

/// The normal distribution's distance to 97.5 %.
const NORMAL: f64 = 1.96;

/// The share of refused sessions from which a queue was full for most of the time.
const REFUSING: f64 = 0.01;

/// What was predicted of fresh runs, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// For the verdict, half of its workers and twice as many, from few workers to many.
    pub predictions: Vec<Prediction>,
    /// Whether they hold.
    pub outcome: Outcome,
    /// The verdict that was put to the test, if that failed: everything else that is said was then found
    /// once more, with the fresh runs among the others.
    pub replaced: Option<Box<Verdict>>,
}

/// Whether predictions hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// That of the verdict does, and so do all others that were tested.
    Confirmed,
    /// One at least does not.
    Refuted,
    /// No run of the verdict could be believed, and none of the others contradicts it.
    Untested,
}

/// What one candidate should show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Which.
    pub candidate: Candidate,
    /// Good sessions a second.
    pub goodput: Predicted,
    /// The 99th percentile of good sessions, in seconds.
    pub p99_seconds: Predicted,
    /// The fresh run, if there was time for it.
    pub trial: Option<Trial>,
    /// Whether both figures lie where they should; none without a run that is to be believed.
    pub holds: Option<bool>,
}

/// A figure before it is measured, and after.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Predicted {
    /// What is likeliest.
    pub value: f64,
    /// Where the figure of one run should lie. All figures of a verification together do so at 95 %.
    pub interval: Interval,
    /// What was measured.
    pub measured: Option<f64>,
    /// How far that is from what is likeliest, as a share of it.
    pub error: Option<f64>,
}

/// What a verification is predicted from.
struct Basis<'a> {
    estimate: &'a Estimate,
    trials: &'a [&'a Trial],
    clusters: Vec<Cluster>,
    means: Vec<Mean>,
    /// How far single runs lie from the mean of their candidate.
    spread: Run,
    /// By how many standard deviations of one run a figure may be off.
    reach: f64,
}

/// What fresh runs of the verdict, of half its workers and of twice as many should show.
pub(super) fn predictions(
    found: &Finding,
    settings: &Settings,
    trials: &[&Trial],
) -> Vec<Prediction> {
    let Some((choice, estimate)) = found.choice() else {
        return Vec::new();
    };
    let counts = estimate.around(choice.candidate.workers);
    let basis = Basis::of(estimate, trials, FIGURES * as_f64(counts.len()));
    let candidates = counts
        .into_iter()
        .map(|workers| settings.candidate(workers, found.service));
    let predictions = candidates.filter_map(|candidate| {
        let offered = settings.offered(candidate);
        basis.predict(candidate, offered)
    });
    predictions.collect()
}

impl Verification {
    /// Predictions put to the test by those trials that were run for it. None without predictions.
    pub(super) fn of(
        mut predictions: Vec<Prediction>,
        found: &Finding,
        trials: &[Trial],
    ) -> Option<Self> {
        let verifying = |trial: &&Trial| trial.purpose == Purpose::Verify;
        for prediction in &mut predictions {
            let mut fresh = trials.iter().filter(verifying);
            let fresh = fresh.find(|trial| trial.candidate == prediction.candidate);
            prediction.trial = fresh.cloned();
            if let Some(trial) = fresh.filter(|trial| trial.is_valid()) {
                let goodput = prediction.goodput.test(trial.goodput);
                let p99 = prediction.p99_seconds.test(trial.latency.p99.as_secs_f64());
                prediction.holds = Some(goodput && p99);
            }
        }
        let verdict = found.choice().map(|(choice, _)| choice.candidate);
        let own = predictions.iter().find(|it| Some(it.candidate) == verdict);
        let outcome = if predictions.iter().any(|it| it.holds == Some(false)) {
            Outcome::Refuted
        } else if own.is_some_and(|own| own.holds.is_some()) {
            Outcome::Confirmed
        } else {
            Outcome::Untested
        };
        (!predictions.is_empty()).then_some(Self {
            predictions,
            outcome,
            replaced: None,
        })
    }
}

impl<'a> Basis<'a> {
    fn of(estimate: &'a Estimate, trials: &'a [&'a Trial], figures: f64) -> Self {
        let valid = trials.iter().copied().filter(|trial| trial.is_usable());
        let valid: Vec<&Trial> = valid.collect();
        let clusters = estimate::clusters(&valid, estimate.drift.filter(Drift::is_found));
        let deviations = resample::deviations(&clusters);
        let root = |of: fn(&Run) -> f64| {
            let squares = deviations.iter().map(|run| of(run).powi(2)).sum::<f64>();
            (squares / as_f64(deviations.len().max(1))).sqrt()
        };
        Self {
            spread: Run {
                goodput: root(|run| run.goodput),
                strain: 0.0,
                p99: root(|run| run.p99),
            },
            // Of so many figures all at once: each is held to its part of what may go wrong (Bonferroni).
            reach: student::two_sided(OUTSIDE / figures, estimate.freedom),
            means: clusters.iter().map(Cluster::mean).collect(),
            estimate,
            trials,
            clusters,
        }
    }

    fn predict(&self, candidate: Candidate, offered: Offered) -> Option<Prediction> {
        let workers = candidate.workers;
        let own = self.clusters.iter().zip(&self.means);
        let own = own
            .filter(|(cluster, _)| cluster.workers == workers && cluster.runs.len() >= ENOUGH)
            .map(|(cluster, mean)| (as_f64(cluster.runs.len()), mean.value))
            .next();
        // What was measured often enough is more than what laws say of it.
        let (goodput, p99) = if let Some((runs, value)) = own {
            let error = |spread: f64| spread / runs.sqrt();
            (
                (value.goodput, error(self.spread.goodput)),
                (value.p99, error(self.spread.p99)),
            )
        } else {
            let band = self.estimate.band(workers)?;
            let known = (band.interval.high / band.interval.low).ln() / (2.0 * NORMAL);
            let p99 = resample::between(&self.means, workers, |run| run.p99);
            (
                (band.goodput.ln(), known.hypot(self.misfit())),
                (p99, self.spread.p99),
            )
        };
        let waits = self.waits(candidate, offered);
        Some(Prediction {
            candidate,
            goodput: self.figure(goodput, self.spread.goodput, LEAST_GOODPUT),
            p99_seconds: self.figure((p99.0 + waits.ln(), p99.1), self.spread.p99, LEAST_P99),
            trial: None,
            holds: None,
        })
    }

    /// A figure from its logarithm and the standard deviations of that and of one run.
    fn figure(&self, (log, error): (f64, f64), spread: f64, least: f64) -> Predicted {
        let reach = (self.reach * error.hypot(spread)).max(least);
        Predicted {
            value: log.exp(),
            interval: Interval {
                low: (log - reach).exp(),
                high: (log + reach).exp(),
            },
            measured: None,
            error: None,
        }
    }

    /// How far the laws lie from what was measured, beyond what the spread of runs explains.
    fn misfit(&self) -> f64 {
        let squares = self.means.iter().map(|mean| {
            let log = self.estimate.contest.log(as_f64(mean.workers));
            let chance = self.spread.goodput.powi(2) / as_f64(mean.runs.max(1));
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

impl Predicted {
    /// Sets a measured figure beside the prediction, and says whether that holds.
    fn test(&mut self, measured: f64) -> bool {
        self.measured = Some(measured);
        self.error = Some(measured / self.value - 1.0);
        (self.interval.low..=self.interval.high).contains(&measured)
    }
}
