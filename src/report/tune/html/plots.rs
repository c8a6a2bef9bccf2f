//! The plots of a tuning, each with what there is to see in it.

mod latency;
mod throughput;

use crate::base::as_f64;
use crate::report::html::parts::Figure;
use crate::report::plot::{Axis, Scale, Tick};
use crate::report::tune::words;
use crate::tune::{Purpose, Trial, Tuning};

/// The most dots of a series: as a rule each run, for a longer budget makes trials longer before it makes
/// more of them. More dots make the page heavy.
const MOST_DOTS: usize = 100;

/// All plots of a tuning, what was decided by first.
pub(super) fn figures(tuning: &Tuning) -> Vec<Figure> {
    vec![throughput::figure(tuning), latency::figure(tuning)]
}

/// The trials that the decision rests on.
fn searched(tuning: &Tuning) -> impl Iterator<Item = &Trial> + Clone {
    let is_searched = |trial: &&Trial| {
        matches!(
            trial.purpose,
            Purpose::Sweep | Purpose::Refine | Purpose::Sentinel
        )
    };
    tuning.trials.iter().filter(is_searched)
}

/// How many runs there are to be seen, and how many of them are.
#[derive(Debug, Default)]
struct Drawn {
    all: usize,
    drawn: usize,
}

impl Drawn {
    /// All of some runs, or as many as a series may have.
    fn few<T>(&mut self, runs: Vec<T>) -> Vec<T> {
        self.at_most(MOST_DOTS, runs)
    }

    /// No more of some runs than so many, evenly.
    fn at_most<T>(&mut self, most: usize, runs: Vec<T>) -> Vec<T> {
        self.all += runs.len();
        let every = runs.len().div_ceil(most).max(1);
        let drawn: Vec<T> = runs.into_iter().step_by(every).collect();
        self.drawn += drawn.len();
        drawn
    }

    /// What a caption says where it is not all of them.
    fn remark(&self) -> String {
        if self.drawn == self.all {
            return String::new();
        }
        let [drawn, all] = [self.drawn, self.all].map(words::count);
        format!(" Of {all} runs {drawn} are drawn, taken evenly.")
    }
}

/// Workers, each factor of two as far from the next; what was tried is written beside it.
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
        // What is at the ends is seen whole.
        scale: Scale::log(number(least) * 0.9, number(most) * 1.12),
        ticks: counts.iter().map(tick).collect(),
    }
}

/// A count on an axis.
fn number(count: usize) -> f64 {
    u64::try_from(count).map_or(f64::MAX, as_f64)
}
