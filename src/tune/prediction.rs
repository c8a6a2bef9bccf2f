//! What fresh runs should show, before they are made, and whether they do.

mod basis;

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::finding::Finding;
use super::model::Interval;
use super::settings::Settings;
use super::trial::{self, Trial};
use crate::base::as_f64;
use basis::Basis;

/// The figures of each candidate: throughput, the 99th percentile, and throughput against the verdict.
const FIGURES: usize = 3;

/// What a figure may be off, as a factor, before its interval is no test: in the noise of a machine that
/// is busy with something else nearly everything comes true.
const VAGUE_GOODPUT: f64 = 2.0;
const VAGUE_P99: f64 = 4.0;

/// So many runs of a candidate say more of it than the laws do, and than its neighbours.
const ENOUGH: usize = 3;

/// So many fresh runs that all miss the objectives say more than that they are met in most: of a candidate
/// that meets them in one half of its runs, that is chance in one case of eight.
pub(super) const AGREED: usize = 3;

/// What one candidate should show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Which.
    pub candidate: Candidate,
    /// Of how many fresh runs each figure is the median.
    pub runs: usize,
    /// Good sessions a second.
    pub goodput: Predicted,
    /// The 99th percentile of good sessions, in seconds.
    pub p99_seconds: Predicted,
    /// Good sessions a second as a share of those of the verdict; none of that itself.
    pub share: Option<Predicted>,
    /// Whether it is said to meet the objectives, and held to that: the verdict, if it does so for sure.
    #[serde(default)]
    pub meets: bool,
    /// How many fresh runs met the objectives, if there are any.
    pub met: Option<Met>,
    /// Whether all figures lie where they should, and objectives are met that should be; none unless most of
    /// those runs could be made and believed, if a figure lies within an interval that is too vague to be a
    /// test, or if neither most of them met the objectives nor all of three missed them.
    pub holds: Option<bool>,
}

/// A figure before it is measured, and after.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Predicted {
    /// What is likeliest.
    pub value: f64,
    /// Where the median of the fresh runs should lie. All figures of a verification together do so at 95 %.
    pub interval: Interval,
    /// What was measured.
    pub measured: Option<f64>,
    /// How far that is from what is likeliest, as a share of it.
    pub error: Option<f64>,
}

/// How many fresh runs met the objectives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Met {
    /// So many.
    pub met: usize,
    /// Of so many that are to be believed.
    pub of: usize,
}

/// What fresh runs of the verdict, of half its workers and of twice as many should show, so many of each:
/// one or three.
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
    // The verdict is not held against itself.
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
    /// Whether so much lies within its intervals that to lie within them says nothing.
    pub fn is_vague(&self) -> bool {
        let goodput = [Some(&self.goodput), self.share.as_ref()];
        let mut goodput = goodput.into_iter().flatten();
        goodput.any(|it| it.reach() > VAGUE_GOODPUT) || self.p99_seconds.reach() > VAGUE_P99
    }

    /// Puts it to the test by those fresh runs of its candidate that are to be believed, beside those of the
    /// verdict. The median is what one disturbed run among three does not change.
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

    /// Whether fresh runs met the objectives as they should: most did, or none of three; none in between, and
    /// where nothing was said.
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
    /// From its logarithm and how far that may be off.
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

    /// How far its interval goes to either side, as a factor.
    fn reach(&self) -> f64 {
        self.interval.high / self.value
    }

    /// Whether what was measured, if anything was, lies where it should.
    pub fn is_within(&self) -> Option<bool> {
        let interval = self.interval.low..=self.interval.high;
        self.measured.map(|measured| interval.contains(&measured))
    }

    /// Sets a measured figure beside the prediction, and says whether that holds.
    fn test(&mut self, measured: f64) -> bool {
        self.measured = Some(measured);
        self.error = Some(measured / self.value - 1.0);
        self.is_within() == Some(true)
    }
}
