//! Whether the machine became faster or slower while the trials went on.

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

/// The probability with which a drift is found where there is none.
const FALSE_ALARMS: f64 = 0.05;

/// How goodput changed with time, whatever the candidate: the slope that trials of the same candidate
/// have in common (a regression with one level for each candidate, in which each counts by how exactly it
/// repeats itself).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The change of goodput in a minute, relative to it.
    pub per_minute: f64,
    /// Where that may lie at 95 %.
    pub interval: Interval,
}

impl Drift {
    /// None of trials that do not repeat a candidate often enough to tell.
    pub(super) fn of(trials: &[&Trial], spreads: &Spreads) -> Option<Self> {
        let middle = middle(trials);
        let mut groups: BTreeMap<usize, Vec<[f64; 2]>> = BTreeMap::new();
        for trial in trials {
            let at = minutes(middle, trial.began);
            let group = groups.entry(trial.candidate.workers).or_default();
            group.push([at, trial.goodput.ln()]);
        }
        let centred = groups.iter().flat_map(|(workers, group)| {
            // In units of its spread a run of every candidate is as exact as any.
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

    /// Whether it is more than noise would show.
    pub fn is_found(&self) -> bool {
        self.interval.low > 0.0 || self.interval.high < 0.0
    }

    /// What goodput, as a logarithm, has gained from the middle of some trials to the last of them.
    pub(super) fn moved(&self, trials: &[&Trial]) -> f64 {
        let last = trials.iter().map(|trial| trial.began).max();
        self.gain(middle(trials), last.unwrap_or_default())
    }

    /// By how much another repetition of the trials might have found it steeper a minute.
    pub(super) fn steeper(&self, random: &mut Rng) -> f64 {
        (self.interval.high - self.per_minute) / NORMAL_95 * normal(random)
    }

    /// What goodput, as a logarithm, gains from one moment to another by this drift.
    pub(super) fn gain(&self, from: Duration, to: Duration) -> f64 {
        self.per_minute * minutes(from, to)
    }
}

/// How many minutes it is from one moment to another, less than none if that was before.
pub(super) fn minutes(from: Duration, to: Duration) -> f64 {
    (to.as_secs_f64() - from.as_secs_f64()) / 60.0
}

/// The mean of the moments at which trials began.
pub(super) fn middle(trials: &[&Trial]) -> Duration {
    let sum: Duration = trials.iter().map(|trial| trial.began).sum();
    sum.div_f64(as_f64(trials.len().max(1)))
}

/// Values around their means.
fn centred(group: &[[f64; 2]]) -> impl Iterator<Item = [f64; 2]> {
    let sum = group.iter().fold([0.0; 2], |[a, b], [x, y]| [a + x, b + y]);
    let [at, log] = sum.map(|sum| sum / as_f64(group.len()));
    let around = move |[a, l]: &[f64; 2]| [a - at, l - log];
    group.iter().map(around)
}

/// A line through the origin by least squares.
struct Line {
    slope: f64,
    /// The sums of squares along it, and of what it leaves.
    along: f64,
    left: f64,
}

impl Line {
    /// None of points that are all at the origin.
    fn of(points: impl Iterator<Item = (f64, f64)> + Clone) -> Option<Self> {
        let along: f64 = points.clone().map(|(x, _)| x * x).sum();
        let products: f64 = points.clone().map(|(x, y)| x * y).sum();
        let slope = (along > 0.0).then(|| products / along)?;
        let left = points.map(|(x, y)| (y - slope * x).powi(2)).sum();
        Some(Self { slope, along, left })
    }

    /// How far it may be off, unless so little happened by chance.
    fn reach(&self, freedom: f64) -> f64 {
        student::two_sided(FALSE_ALARMS, freedom) * (self.left / freedom / self.along).sqrt()
    }
}
