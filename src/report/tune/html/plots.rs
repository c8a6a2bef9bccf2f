//! The plots of a tuning's page, with their captions.

mod latency;
mod throughput;

use crate::base::as_f64;
use crate::report::html::parts::Figure;
use crate::report::plot::{Axis, Scale, Tick};
use crate::report::tune::words;
use crate::tune::{Purpose, Trial, Tuning};

/// The most dots of a series; more make the page heavy. It usually covers every run, because a longer
/// budget first makes trials longer, and then more numerous.
const MOST_DOTS: usize = 100;

/// All plots of a tuning, the one behind the decision first.
pub(super) fn figures(tuning: &Tuning) -> Vec<Figure> {
    vec![throughput::figure(tuning), latency::figure(tuning)]
}

/// The trials behind the decision.
fn searched(tuning: &Tuning) -> impl Iterator<Item = &Trial> + Clone {
    let is_searched = |trial: &&Trial| {
        matches!(
            trial.purpose,
            Purpose::Sweep | Purpose::Refine | Purpose::Sentinel
        )
    };
    tuning.trials.iter().filter(is_searched)
}

/// The number of runs, and how many of them are drawn.
#[derive(Debug, Default)]
struct Drawn {
    all: usize,
    drawn: usize,
}

impl Drawn {
    /// All runs, or as many as a series may have.
    fn few<T>(&mut self, runs: Vec<T>) -> Vec<T> {
        self.at_most(MOST_DOTS, runs)
    }

    /// At most this many of the runs, evenly selected.
    fn at_most<T>(&mut self, most: usize, runs: Vec<T>) -> Vec<T> {
        self.all += runs.len();
        let every = runs.len().div_ceil(most).max(1);
        let drawn: Vec<T> = runs.into_iter().step_by(every).collect();
        self.drawn += drawn.len();
        drawn
    }

    /// The caption's remark if some runs are not drawn.
    fn remark(&self) -> String {
        if self.drawn == self.all {
            return String::new();
        }
        let [drawn, all] = [self.drawn, self.all].map(words::count);
        format!(" Of {all} runs {drawn} are drawn, taken evenly.")
    }
}

/// The axis of workers, logarithmic; the tried numbers are labelled.
fn workers_axis(counts: &[usize]) -> Axis {
    let [least, most] =
        [counts.iter().min(), counts.iter().max()].map(|it| it.copied().unwrap_or(1));
    let mut counts = counts.to_vec();
    counts.sort_unstable();
    counts.dedup();
    let tick = |count: &usize| Tick {
        at: number(*count),
        label: words::count(*count),
    };
    Axis {
        title: "workers".to_owned(),
        // A margin keeps marks at the ends fully visible.
        scale: Scale::log(number(least) * 0.9, number(most) * 1.12),
        ticks: counts.iter().map(tick).collect(),
    }
}

/// A count on an axis.
fn number(count: usize) -> f64 {
    u64::try_from(count).map_or(f64::MAX, as_f64)
}
