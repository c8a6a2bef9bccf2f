//! The headline of a run that was merged into another.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::measurement::{Measurement, Window};
use super::tally::Ended;

/// The share of each run's time that all runs must have in common to have been made at one time.
const IN_COMMON: f64 = 0.9;

/// The headline of a run that was merged into another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// When it was made.
    pub window: Window,
    /// What ended within the window.
    pub ended: Ended,
    /// Percentiles of its latency, in nanoseconds; zero if no session came to an end.
    pub p50_ns: u64,
    /// The 99th.
    pub p99_ns: u64,
    /// The mean.
    pub mean_ns: u64,
}

impl Part {
    /// The headline of a measurement.
    pub(in crate::load) fn of(run: &Measurement) -> Self {
        let percentile = |quantile| run.percentile(quantile).map(|percentile| percentile.time);
        Self {
            window: run.window,
            ended: run.ended,
            p50_ns: nanoseconds(percentile(0.5)),
            p99_ns: nanoseconds(percentile(0.99)),
            mean_ns: nanoseconds(run.mean().map(|mean| mean.time)),
        }
    }
}

fn nanoseconds(time: Option<Duration>) -> u64 {
    let nanos = time.map(|time| u64::try_from(time.as_nanos()));
    nanos.map_or(0, |nanos| nanos.unwrap_or(u64::MAX))
}

impl Window {
    /// The end, since 1970.
    pub(in crate::load) fn end(&self) -> Duration {
        self.begin.saturating_add(self.elapsed)
    }
}

/// The runs of a measurement that were made one after another: itself, if it was not merged from
/// such.
pub(in crate::load) fn runs(measured: &Measurement) -> Vec<Part> {
    if measured.parts.is_empty() || are_at_one_time(&measured.parts) {
        vec![Part::of(measured)]
    } else {
        measured.parts.clone()
    }
}

/// Whether runs were made at one time: nearly all the time of each is common to all.
pub(in crate::load) fn are_at_one_time(runs: &[Part]) -> bool {
    let begin = runs.iter().map(|run| run.window.begin).max();
    let end = runs.iter().map(|run| run.window.end()).min();
    let common = end.zip(begin).map(|(end, begin)| end.saturating_sub(begin));
    let common = common.unwrap_or_default().as_secs_f64();
    let needed = |run: &Part| run.window.elapsed.as_secs_f64() * IN_COMMON;
    common > 0.0 && runs.iter().all(|run| needed(run) <= common)
}

/// Whether no two runs were made at one time, not even in part.
pub(in crate::load) fn are_apart(runs: &[Part]) -> bool {
    let mut windows: Vec<Window> = runs.iter().map(|run| run.window).collect();
    windows.sort_by_key(|window| window.begin);
    let next = windows.iter().skip(1);
    windows
        .iter()
        .zip(next)
        .all(|(window, next)| window.end() <= next.begin)
}
