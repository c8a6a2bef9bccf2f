//! Merging of runs into one measurement, histogram by histogram and count by count.
//!
//! Runs made at one time are one load: their rates add up, from the first start to the last end. Runs
//! made one after another are repetitions: their times add up, and the rate is per second measured. An
//! audit reports that. Percentiles of a merge come from the merged histograms, never from other
//! percentiles. A second of several runs has no percentiles.

mod audits;
mod sums;

use std::time::Duration;

use crate::load::judge::{Condition, Unlike, unlike};
use crate::load::result::{Ended, Measurement, Part, Window, are_at_one_time};
use crate::load::{Drive, Length, Plan, Shard};

/// The reason why runs cannot be merged. Runs are numbered from 1.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// There are fewer than two runs.
    #[error("a merge takes at least two runs, got {0}")]
    TooFew(usize),
    /// A run is given, or is contained, more than once.
    #[error("run {0} and run {1} have measured the same thing: each counts once")]
    Twice(usize, usize),
    /// A shard is given more than once.
    #[error("run {0} and run {1} are both shard {2}: each counts once")]
    SameShard(usize, usize, u32),
    /// The runs differ in a condition that must be equal.
    #[error("run 1 and run {run} are not of one kind: {unlike}")]
    Unlike {
        /// The run that differs from the first.
        run: usize,
        /// The condition that differs.
        unlike: Unlike,
    },
    /// The sum of the rates exceeds the highest rate.
    #[error("run 1 to run {0} add up to more sessions a second than a rate can be")]
    Rate(usize),
}

/// The relation of runs to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Together {
    /// Runs one after another: repetitions of one load.
    Apart,
    /// Runs at one time, each with its own load.
    SideBySide,
    /// Runs at one time, each with its part of one load.
    Shards,
}

/// Merges runs.
///
/// # Errors
///
/// If there are fewer than two runs, one is given twice, or they differ in a condition that must be equal.
pub fn merge(measured: &[Measurement]) -> Result<Measurement, MergeError> {
    let [first, _, ..] = measured else {
        return Err(MergeError::TooFew(measured.len()));
    };
    refuse_doubles(measured)?;
    let all_runs: Vec<Part> = measured.iter().flat_map(Measurement::runs).collect();
    let together = match (are_at_one_time(&all_runs), first.plan.shard.count) {
        (false, _) => Together::Apart,
        (true, 0 | 1) => Together::SideBySide,
        (true, _) => Together::Shards,
    };
    if together == Together::Shards {
        refuse_shard_twice(measured)?;
    }
    let conditions = conditions(measured, together)?;
    let window = window(measured, together);
    let mut merged = Measurement {
        plan: plan(measured, together, window)?,
        place: sums::place(first, measured),
        window,
        tally: first.tally.clone(),
        ended: Ended::default(),
        seconds: sums::seconds(measured),
        client: sums::client(measured),
        backlog: sums::backlog(measured, together),
        audits: Vec::new(),
        end: sums::end(measured),
        parts: match together {
            Together::Apart => all_runs,
            Together::SideBySide | Together::Shards => {
                measured.iter().flat_map(contained).collect()
            }
        },
    };
    for run in measured.iter().skip(1) {
        merged.tally.add(&run.tally);
    }
    for run in measured {
        merged.ended.add(run.ended);
    }
    merged.audits = audits::audits(&merged, measured, together, &conditions);
    Ok(merged)
}

/// Each item with each later one, numbered from 1.
fn pairs<T>(all: &[T]) -> impl Iterator<Item = ((usize, &T), (usize, &T))> {
    let counted = move || (1..).zip(all);
    counted().flat_map(move |a| counted().skip(a.0).map(move |b| (a, b)))
}

fn refuse_doubles(measured: &[Measurement]) -> Result<(), MergeError> {
    let contained: Vec<Vec<Part>> = measured.iter().map(contained).collect();
    let is_double =
        |(a, b): &((_, &Vec<Part>), (_, &Vec<Part>))| a.1.iter().any(|part| b.1.contains(part));
    match pairs(&contained).find(is_double) {
        Some(((a, _), (b, _))) => Err(MergeError::Twice(a, b)),
        None => Ok(()),
    }
}

fn refuse_shard_twice(measured: &[Measurement]) -> Result<(), MergeError> {
    let shards: Vec<u32> = measured.iter().map(|run| run.plan.shard.index).collect();
    match pairs(&shards).find(|(a, b)| a.1 == b.1) {
        Some(((a, shard), (b, _))) => Err(MergeError::SameShard(a, b, *shard)),
        None => Ok(()),
    }
}

/// The runs that a measurement was merged from, or itself.
fn contained(measured: &Measurement) -> Vec<Part> {
    if measured.parts.is_empty() {
        vec![measured.headline()]
    } else {
        measured.parts.clone()
    }
}

/// The conditions that differ; an error if one of them must be equal.
fn conditions(measured: &[Measurement], together: Together) -> Result<Vec<Unlike>, MergeError> {
    let mut different: Vec<Unlike> = Vec::new();
    let first = measured.first();
    for (run, other) in (1..).zip(measured).skip(1) {
        for unlike in first.map(|first| unlike(first, other)).unwrap_or_default() {
            if must_be_alike(unlike.condition, together) {
                return Err(MergeError::Unlike { run, unlike });
            }
            if !different.contains(&unlike) {
                different.push(unlike);
            }
        }
    }
    Ok(different)
}

fn must_be_alike(condition: Condition, together: Together) -> bool {
    match condition {
        Condition::Rate | Condition::Clients => together != Together::SideBySide,
        Condition::Target
        | Condition::Threads
        | Condition::Kernel
        | Condition::Cores
        | Condition::Server
        | Condition::Program => false,
        _ => true,
    }
}

/// From the first start to the last end or, for repetitions, the sum of all windows.
fn window(measured: &[Measurement], together: Together) -> Window {
    let windows = || measured.iter().map(|run| run.window);
    let begin = windows()
        .map(|window| window.begin)
        .min()
        .unwrap_or_default();
    let elapsed = match together {
        Together::Apart => windows().fold(Duration::ZERO, |sum, window| {
            sum.saturating_add(window.elapsed)
        }),
        Together::SideBySide | Together::Shards => {
            let end = windows().map(|window| window.end()).max();
            end.unwrap_or_default().saturating_sub(begin)
        }
    };
    Window { begin, elapsed }
}

/// The plan of the whole.
fn plan(measured: &[Measurement], together: Together, window: Window) -> Result<Plan, MergeError> {
    let mut plans = measured.iter().map(|run| &run.plan);
    let mut whole = plans.next().ok_or(MergeError::TooFew(0))?.clone();
    for (run, plan) in (2..).zip(plans) {
        if together == Together::SideBySide {
            whole.drive = both(&whole.drive, &plan.drive).ok_or(MergeError::Rate(run))?;
        }
        if together != Together::Apart {
            whole.threads = whole.threads.saturating_add(plan.threads);
        }
        whole.length = match (whole.length, plan.length) {
            (Length::Sessions { count: a }, Length::Sessions { count: b }) => Length::Sessions {
                count: a.saturating_add(b),
            },
            _ => Length::Duration {
                seconds: window.elapsed,
            },
        };
    }
    if together == Together::Shards && missing_shards(measured) == 0 {
        whole.shard = Shard::default();
    }
    Ok(whole)
}

/// The sum of two loads of one kind at one time.
fn both(a: &Drive, b: &Drive) -> Option<Drive> {
    let clients = a.clients().saturating_add(b.clients());
    match (a, b) {
        (
            Drive::Open {
                stages, arrivals, ..
            },
            Drive::Open { stages: more, .. },
        ) => Some(Drive::Open {
            stages: stages.plus(more)?,
            arrivals: *arrivals,
            clients,
        }),
        _ => Some(Drive::Closed { clients }),
    }
}

/// The number of shards that are not among the runs.
fn missing_shards(measured: &[Measurement]) -> u32 {
    let of = measured.first().map_or(0, |run| run.plan.shard.count);
    of.saturating_sub(u32::try_from(measured.len()).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
