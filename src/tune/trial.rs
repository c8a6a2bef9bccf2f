//! Trials: the result and the evidence of one run of a candidate.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::request::{Offered, Purpose};
use crate::base::as_f64;
use crate::base::serialized::seconds;

/// The relative difference up to which two numbers of workers are nearly equal.
const NEARLY: f64 = 0.1;

/// The result of one run of one candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The purpose of the trial.
    pub purpose: Purpose,
    /// The candidate.
    pub candidate: Candidate,
    /// How clients came.
    pub offered: Offered,
    /// The start, counted from the beginning of the tuning, including its calibration.
    #[serde(rename = "began_seconds", with = "seconds")]
    pub began: Duration,
    /// The duration of the whole trial, including the work besides measuring.
    #[serde(rename = "took_seconds", with = "seconds")]
    pub took: Duration,
    /// The measured length.
    #[serde(rename = "length_seconds", with = "seconds")]
    pub length: Duration,
    /// Good sessions per second.
    pub goodput: f64,
    /// The latency of good sessions; in an open loop, from the scheduled start.
    pub latency: Latency,
    /// The mean time of a good session in each stage.
    pub split: Split,
    /// The refused share of the sessions begun, 0 to 1.
    pub refused: f64,
    /// The failed share of the sessions begun, 0 to 1.
    pub failed: f64,
    /// The figure closest to its objective, divided by that objective: above 1 it is missed. None without
    /// objectives.
    pub strain: Option<f64>,
    /// The use of each resource.
    pub evidence: Evidence,
    /// Why the trial is invalid; empty if it is valid.
    pub doubts: Vec<String>,
}

/// Percentiles of the session time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// The median.
    #[serde(rename = "p50_seconds", with = "seconds")]
    pub p50: Duration,
    /// The 95th percentile.
    #[serde(rename = "p95_seconds", with = "seconds")]
    pub p95: Duration,
    /// The 99th percentile.
    #[serde(rename = "p99_seconds", with = "seconds")]
    pub p99: Duration,
}

/// The mean time of a good session in each stage; zero where it is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// The time until the connection was established.
    #[serde(rename = "connect_seconds", with = "seconds")]
    pub connect: Duration,
    /// The time in the server's queue, as reported by the server.
    #[serde(rename = "queue_seconds", with = "seconds")]
    pub queue: Duration,
    /// The time with a worker, as reported by the server.
    #[serde(rename = "service_seconds", with = "seconds")]
    pub service: Duration,
    /// The time from the end of the conversation to the end of the connection.
    #[serde(rename = "close_seconds", with = "seconds")]
    pub close: Duration,
}

/// The use of each resource during a trial, as shares from 0 to 1; none where it is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The share of time in which the busiest load generator thread computed or waited for a core.
    pub client_busy: f64,
    /// The share of the machine's CPU time that the load generator took.
    pub client_cpu: Option<f64>,
    /// The share of its machine's CPU time that the server took.
    pub server_cpu: Option<f64>,
    /// The share of the machine's CPU time that other programs took, on a shared machine.
    #[serde(default)]
    pub others_cpu: Option<f64>,
    /// The share of time for which workers held a session.
    pub occupied: Option<f64>,
    /// The share of time for which workers held a session and did not wait for its client.
    pub working: Option<f64>,
    /// The share of connections that the kernel dropped because the accept backlog was full.
    pub dropped: f64,
    /// The share of scheduled sessions that began late or not at all; 0 in a closed loop.
    pub late: f64,
    /// The share of begun sessions that found no local port.
    pub portless: f64,
}

impl Trial {
    /// Whether the trial is valid.
    pub fn is_valid(&self) -> bool {
        self.doubts.is_empty()
    }

    /// Whether an estimate can use the trial.
    pub(super) fn is_usable(&self) -> bool {
        self.is_valid() && self.goodput > 0.0
    }

    /// Whether the trial met the objectives, if any.
    pub(super) fn meets(&self) -> Option<bool> {
        self.strain.map(|strain| strain <= 1.0)
    }

    /// The time at which the trial ended.
    pub(super) fn ended(&self) -> Duration {
        self.began.saturating_add(self.took)
    }
}

/// The trials that the estimate of a search uses.
pub(super) fn searched(trials: &[Trial]) -> Vec<&Trial> {
    let searched = trials.iter().filter(|trial| trial.purpose.is_search());
    searched.collect()
}

/// The number of workers nearest to another, if the two are nearly equal.
pub(super) fn nearly(counts: impl Iterator<Item = usize>, workers: usize) -> Option<usize> {
    let nearest = counts.min_by_key(|count| count.abs_diff(workers));
    nearest.filter(|count| as_f64(count.abs_diff(workers)) <= NEARLY * as_f64(workers))
}

/// The median of durations.
pub(super) fn median(durations: impl Iterator<Item = Duration>) -> Option<Duration> {
    let seconds = median_number(durations.map(|duration| duration.as_secs_f64()))?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// The median of numbers.
pub(super) fn median_number(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = numbers.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let (low, high) = (sorted.get(last / 2)?, sorted.get(last.div_ceil(2))?);
    Some(f64::midpoint(*low, *high))
}
