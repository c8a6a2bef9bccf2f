//! The headline of a run that was merged into another.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::tally::Ended;
use super::window::Window;

/// The share of each run's time that must be common to all, for runs made at one time.
const IN_COMMON: f64 = 0.9;

/// The headline of a run that was merged into another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The window of the run.
    pub window: Window,
    /// Sessions and replies that ended within the window.
    pub ended: Ended,
    /// The median latency, in nanoseconds; zero if no session has ended.
    pub p50_ns: u64,
    /// The 99th percentile of the latency, in nanoseconds.
    pub p99_ns: u64,
    /// The mean latency, in nanoseconds.
    pub mean_ns: u64,
}

/// A time as it is stored; zero if there is none.
pub(super) fn nanoseconds(time: Option<Duration>) -> u64 {
    let nanos = time.map(|time| u64::try_from(time.as_nanos()));
    nanos.map_or(0, |nanos| nanos.unwrap_or(u64::MAX))
}

/// Whether runs were made at one time: their common time is nearly all of each run's time.
pub(in crate::load) fn are_at_one_time(runs: &[Part]) -> bool {
    let begin = runs.iter().map(|run| run.window.begin).max();
    let end = runs.iter().map(|run| run.window.end()).min();
    let common = end.zip(begin).map(|(end, begin)| end.saturating_sub(begin));
    let common = common.unwrap_or_default().as_secs_f64();
    let needed = |run: &Part| run.window.elapsed.as_secs_f64() * IN_COMMON;
    common > 0.0 && runs.iter().all(|run| needed(run) <= common)
}

/// Whether no two runs overlap in time.
pub(in crate::load) fn are_apart(runs: &[Part]) -> bool {
    let mut windows: Vec<Window> = runs.iter().map(|run| run.window).collect();
    windows.sort_by_key(|window| window.begin);
    let next = windows.iter().skip(1);
    windows
        .iter()
        .zip(next)
        .all(|(window, next)| window.end() <= next.begin)
}
