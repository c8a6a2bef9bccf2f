//! Whether the machine became faster or slower while the trials went on.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::as_f64;
use super::model::Interval;
use super::spread::Spreads;
use super::trial::Trial;
use crate::load::student;

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
        let mut groups: BTreeMap<usize, Vec<(f64, f64)>> = BTreeMap::new();
        for trial in trials {
            let at = trial.began.as_secs_f64() / 60.0;
            let group = groups.entry(trial.candidate.workers).or_default();
            group.push((at, trial.goodput.ln()));
        }
        let centred = groups.iter().flat_map(|(workers, group)| {
            // In units of its spread a run of every candidate is as exact as any.
            let spread = spreads.at(*workers).goodput;
            centred(group).map(move |(at, log)| (at / spread, log / spread))
        });
        let centred: Vec<(f64, f64)> = centred.collect();
        let sum = |of: fn(&(f64, f64)) -> f64| centred.iter().map(of).sum::<f64>();
        let (times, products) = (sum(|(at, _)| at * at), sum(|(at, log)| at * log));
        let freedom = as_f64(centred.len()) - as_f64(groups.len()) - 1.0;
        if times <= 0.0 || freedom < 2.0 {
            return None;
        }
        let slope = products / times;
        let rest = |(at, log): &(f64, f64)| (log - slope * at).powi(2);
        let variance = centred.iter().map(rest).sum::<f64>() / freedom;
        let reach = student::two_sided(FALSE_ALARMS, freedom) * (variance / times).sqrt();
        Some(Self {
            per_minute: slope,
            interval: Interval {
                low: slope - reach,
                high: slope + reach,
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

    /// What goodput, as a logarithm, gains from one moment to another by this drift.
    pub(super) fn gain(&self, from: Duration, to: Duration) -> f64 {
        self.per_minute * (to.as_secs_f64() - from.as_secs_f64()) / 60.0
    }
}

/// The mean of the moments at which trials began.
pub(super) fn middle(trials: &[&Trial]) -> Duration {
    let sum: Duration = trials.iter().map(|trial| trial.began).sum();
    sum.div_f64(as_f64(trials.len().max(1)))
}

/// Moments and logarithms around their means.
fn centred(group: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64)> {
    let n = as_f64(group.len());
    let at = group.iter().map(|(at, _)| at).sum::<f64>() / n;
    let log = group.iter().map(|(_, log)| log).sum::<f64>() / n;
    group.iter().map(move |(a, l)| (a - at, l - log))
}
