//! Predictions for fresh runs, and the test whether they hold.

mod basis;

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::finding::Finding;
use super::model::Interval;
use super::settings::Settings;
use super::trial::{self, Trial};
use crate::base::as_f64;
use basis::Basis;

/// The figures of each candidate: throughput, the 99th percentile, and throughput relative to the
/// verdict.
const FIGURES: usize = 3;

/// The error, as a factor, above which an interval is too wide to be a test. On a noisy machine nearly
/// any prediction would come true.
const VAGUE_GOODPUT: f64 = 2.0;
const VAGUE_P99: f64 = 4.0;

/// A candidate with this many runs is predicted from them, not from the laws or its neighbours.
const ENOUGH: usize = 3;

/// This many fresh runs that all miss the objectives refute them. A candidate that meets them in half of
/// its runs would miss three by chance in one case of eight.
pub(super) const AGREED: usize = 3;

/// The prediction for one candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The candidate.
    pub candidate: Candidate,
    /// The number of fresh runs behind each median.
    pub runs: usize,
    /// Good sessions per second.
    pub goodput: Predicted,
    /// The 99th percentile of good sessions, in seconds.
    pub p99_seconds: Predicted,
    /// Good sessions per second as a share of the verdict's; none for the verdict itself.
    pub share: Option<Predicted>,
    /// Whether the candidate must meet the objectives: true for a verdict that surely does.
    #[serde(default)]
    pub meets: bool,
    /// How many fresh runs met the objectives, if there are objectives.
    pub met: Option<Met>,
    /// Whether all figures lie in their intervals and required objectives are met. None unless most of
    /// those runs were made and are valid. None also if an interval is too wide, or the objectives are
    /// neither met by most runs nor missed by all three.
    pub holds: Option<bool>,
}

/// A predicted figure and its measurement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Predicted {
    /// The likeliest value.
    pub value: f64,
    /// The interval for the median of the fresh runs; all intervals of a verification hold together at 95
    /// %.
    pub interval: Interval,
    /// The measured value.
    pub measured: Option<f64>,
    /// The measured deviation from the likeliest value, as a share of it.
    pub error: Option<f64>,
}

/// How many fresh runs met the objectives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Met {
    /// The number of valid runs that met them.
    pub met: usize,
    /// The number of valid runs.
    pub of: usize,
}

/// Predictions for the verdict, half its workers and twice as many, for one or three fresh runs each.
pub(super) fn predictions(
    found: &Finding,
    settings: &Settings,
    trials: &[&Trial],
    fresh: usize,
) -> Vec<Prediction> {
    let Some((choice, estimate)) = found.choice() else {
        return Vec::new();
    };
    let counts = estimate.around(choice.candidate.workers);
    let verdict = choice.candidate.workers;
    // The verdict has no share relative to itself.
    let figures = as_f64((FIGURES * counts.len()).saturating_sub(1));
    let basis = Basis::of(estimate, trials, fresh, figures);
    let candidates = counts
        .into_iter()
        .map(|workers| settings.candidate(workers, found.service));
    let predictions = candidates.filter_map(|candidate| {
        let offered = settings.offered(candidate);
        basis.predict(candidate, offered, verdict)
    });
    predictions.collect()
}

impl Prediction {
    /// Whether the intervals are so wide that to lie within them says nothing.
    pub fn is_vague(&self) -> bool {
        let goodput = [Some(&self.goodput), self.share.as_ref()];
        let mut goodput = goodput.into_iter().flatten();
        goodput.any(|it| it.reach() > VAGUE_GOODPUT) || self.p99_seconds.reach() > VAGUE_P99
    }

    /// Tests the prediction by the valid fresh runs of its candidate, beside the runs of the verdict. One
    /// disturbed run among three does not move the median much.
    pub(super) fn test(&mut self, runs: &[&Trial], verdict: &[&Trial]) {
        let is_enough = |runs: &[&Trial]| 2 * runs.len() > self.runs;
        if !is_enough(runs) {
            return;
        }
        let goodput = |runs: &[&Trial]| trial::median_number(runs.iter().map(|it| it.goodput));
        let verdict = goodput(verdict).filter(|it| *it > 0.0 && is_enough(verdict));
        let p99 = trial::median_number(runs.iter().map(|it| it.latency.p99.as_secs_f64()));
        self.met = Met::of(runs);
        if let Some((goodput, p99)) = goodput(runs).zip(p99) {
            let share = self.share.as_mut().zip(verdict);
            let share = share.is_none_or(|(share, verdict)| share.test(goodput / verdict));
            let within = [
                self.goodput.test(goodput),
                self.p99_seconds.test(p99),
                share,
            ];
            self.holds = match (within == [true; 3], self.keeps_objectives()) {
                (false, _) | (_, Some(false)) => Some(false),
                (true, None) if self.meets => None,
                (true, _) => (!self.is_vague()).then_some(true),
            };
        }
    }

    /// Whether fresh runs met the required objectives: true if most did, false if none of three did. None
    /// in between, or without a requirement.
    pub fn keeps_objectives(&self) -> Option<bool> {
        let Met { met, of } = self.met.filter(|_| self.meets)?;
        match met {
            most if 2 * most > of => Some(true),
            0 if of >= AGREED => Some(false),
            _ => None,
        }
    }
}

impl Met {
    /// None without objectives.
    pub(super) fn of(runs: &[&Trial]) -> Option<Self> {
        let judged: Vec<bool> = runs.iter().filter_map(|trial| trial.meets()).collect();
        let met = judged.iter().filter(|meets| **meets).count();
        let of = judged.len();
        (of > 0).then_some(Self { met, of })
    }
}

impl Predicted {
    /// A prediction from a logarithm and its half-width.
    fn of(log: f64, reach: f64) -> Self {
        Self {
            value: log.exp(),
            interval: Interval {
                low: (log - reach).exp(),
                high: (log + reach).exp(),
            },
            measured: None,
            error: None,
        }
    }

    /// The half-width of the interval, as a factor.
    fn reach(&self) -> f64 {
        self.interval.high / self.value
    }

    /// Whether the measured value, if any, lies in the interval.
    pub fn is_within(&self) -> Option<bool> {
        let interval = self.interval.low..=self.interval.high;
        self.measured.map(|measured| interval.contains(&measured))
    }

    /// Stores a measured value, and returns whether it lies in the interval.
    fn test(&mut self, measured: f64) -> bool {
        self.measured = Some(measured);
        self.error = Some(measured / self.value - 1.0);
        self.is_within() == Some(true)
    }
}
