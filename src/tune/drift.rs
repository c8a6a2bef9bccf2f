//! Drift: whether the machine became faster or slower during the trials.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use serde::{Deserialize, Serialize};

use super::model::Interval;
use super::trial::Trial;
use super::variance::Spreads;
use crate::base::as_f64;
use crate::base::statistics::student;
use crate::base::statistics::{NORMAL_95, normal};

/// The probability that a drift is found where there is none.
const FALSE_ALARMS: f64 = 0.05;

/// The change of goodput with time, common to all candidates: a regression with one level for each
/// candidate. Each candidate is weighted by how exactly it repeats itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The change of goodput in a minute, as a share.
    pub per_minute: f64,
    /// The 95 % interval of the change.
    pub interval: Interval,
}

impl Drift {
    /// None if the trials do not repeat candidates often enough to tell.
    pub(super) fn of(trials: &[&Trial], spreads: &Spreads) -> Option<Self> {
        let middle = middle(trials);
        let mut groups: BTreeMap<usize, Vec<[f64; 2]>> = BTreeMap::new();
        for trial in trials {
            let at = minutes(middle, trial.began);
            let group = groups.entry(trial.candidate.workers).or_default();
            group.push([at, trial.goodput.ln()]);
        }
        let centred = groups.iter().flat_map(|(workers, group)| {
            // In units of its spread, a run of any candidate is equally exact.
            let spread = spreads.at(*workers).goodput;
            centred(group).map(move |run| run.map(|value| value / spread))
        });
        let centred: Vec<[f64; 2]> = centred.collect();
        let freedom = as_f64(centred.len()) - as_f64(groups.len()) - 1.0;
        let line = Line::of(centred.iter().map(|[at, log]| (*at, *log)))?;
        if freedom < 2.0 {
            return None;
        }
        let reach = line.reach(freedom);
        Some(Self {
            per_minute: line.slope,
            interval: Interval {
                low: line.slope - reach,
                high: line.slope + reach,
            },
        })
    }

    /// Whether the drift is more than noise would show.
    pub fn is_found(&self) -> bool {
        self.interval.low > 0.0 || self.interval.high < 0.0
    }

    /// The change of goodput, as a logarithm, from the middle of the trials to the last of them.
    pub(super) fn moved(&self, trials: &[&Trial]) -> f64 {
        let last = trials.iter().map(|trial| trial.began).max();
        self.gain(middle(trials), last.unwrap_or_default())
    }

    /// The random extra slope a minute that another repetition of the trials might have found.
    pub(super) fn steeper(&self, random: &mut Rng) -> f64 {
        (self.interval.high - self.per_minute) / NORMAL_95 * normal(random)
    }

    /// The change of goodput, as a logarithm, from one moment to another by this drift.
    pub(super) fn gain(&self, from: Duration, to: Duration) -> f64 {
        self.per_minute * minutes(from, to)
    }
}

/// The minutes from one moment to another, negative if the second is earlier.
pub(super) fn minutes(from: Duration, to: Duration) -> f64 {
    (to.as_secs_f64() - from.as_secs_f64()) / 60.0
}

/// The mean of the start times of trials.
pub(super) fn middle(trials: &[&Trial]) -> Duration {
    let sum: Duration = trials.iter().map(|trial| trial.began).sum();
    sum.div_f64(as_f64(trials.len().max(1)))
}

/// Values minus their means.
fn centred(group: &[[f64; 2]]) -> impl Iterator<Item = [f64; 2]> {
    let sum = group.iter().fold([0.0; 2], |[a, b], [x, y]| [a + x, b + y]);
    let [at, log] = sum.map(|sum| sum / as_f64(group.len()));
    let around = move |[a, l]: &[f64; 2]| [a - at, l - log];
    group.iter().map(around)
}

/// A line through the origin by least squares.
struct Line {
    slope: f64,
    /// The sums of squares along the line, and of the residuals.
    along: f64,
    left: f64,
}

impl Line {
    /// None if all points are at the origin.
    fn of(points: impl Iterator<Item = (f64, f64)> + Clone) -> Option<Self> {
        let along: f64 = points.clone().map(|(x, _)| x * x).sum();
        let products: f64 = points.clone().map(|(x, y)| x * y).sum();
        let slope = (along > 0.0).then(|| products / along)?;
        let left = points.map(|(x, y)| (y - slope * x).powi(2)).sum();
        Some(Self { slope, along, left })
    }

    /// The half-width of the slope's confidence interval.
    fn reach(&self, freedom: f64) -> f64 {
        student::two_sided(FALSE_ALARMS, freedom) * (self.left / freedom / self.along).sqrt()
    }
}
