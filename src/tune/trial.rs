//! What is tried, and what one run of it gave.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::request::{Offered, Purpose};
use crate::base::as_f64;
use crate::base::serialized::seconds;

/// The part of a number of workers by which another is nearly the same.
const NEARLY: f64 = 0.1;

/// What one run of one candidate gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// What it was for.
    pub purpose: Purpose,
    /// What ran.
    pub candidate: Candidate,
    /// How clients came.
    pub offered: Offered,
    /// When it began, counted from the beginning of the tuning, that of its calibration.
    #[serde(rename = "began_seconds", with = "seconds")]
    pub began: Duration,
    /// How long it took, with all that was needed besides measuring.
    #[serde(rename = "took_seconds", with = "seconds")]
    pub took: Duration,
    /// How long it measured.
    #[serde(rename = "length_seconds", with = "seconds")]
    pub length: Duration,
    /// Good sessions a second.
    pub goodput: f64,
    /// How long good sessions took; where they came at a rate, from the moment at which they were meant
    /// to begin.
    pub latency: Latency,
    /// Where the time of a good session went.
    pub split: Split,
    /// The share of the sessions begun, 0 to 1, that the server refused.
    pub refused: f64,
    /// The share of the sessions begun, 0 to 1, that failed.
    pub failed: f64,
    /// The figure that comes nearest to its objective, over that objective: above 1 it is missed. None
    /// without objectives.
    pub strain: Option<f64>,
    /// What kept it from giving more.
    pub evidence: Evidence,
    /// Why it is not to be believed; empty if it is.
    pub doubts: Vec<String>,
}

/// How long sessions took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// The median.
    #[serde(rename = "p50_seconds", with = "seconds")]
    pub p50: Duration,
    /// What one in twenty exceeds.
    #[serde(rename = "p95_seconds", with = "seconds")]
    pub p95: Duration,
    /// What one in a hundred exceeds.
    #[serde(rename = "p99_seconds", with = "seconds")]
    pub p99: Duration,
}

/// Where the time of a good session went, in the mean; no time where that is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// Until it was connected.
    #[serde(rename = "connect_seconds", with = "seconds")]
    pub connect: Duration,
    /// In the server's queue, as the server says.
    #[serde(rename = "queue_seconds", with = "seconds")]
    pub queue: Duration,
    /// With a worker, as the server says.
    #[serde(rename = "service_seconds", with = "seconds")]
    pub service: Duration,
    /// From the end of the conversation to that of the connection.
    #[serde(rename = "close_seconds", with = "seconds")]
    pub close: Duration,
}

/// What was exhausted during a trial, each as a share from 0 to 1; none where it is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Of its time that the busiest thread of the load generator computed, or was kept from the cores
    /// while it wanted to.
    pub client_busy: f64,
    /// Of the machine's CPU time that the load generator took.
    pub client_cpu: Option<f64>,
    /// Of its machine's CPU time that the server took.
    pub server_cpu: Option<f64>,
    /// Of the machine's CPU time that neither of them took but others, where they share it.
    #[serde(default)]
    pub others_cpu: Option<f64>,
    /// Of their time that workers held a session.
    pub occupied: Option<f64>,
    /// Of their time that workers held a session and did not wait for its client.
    pub working: Option<f64>,
    /// Of the connections whose handshake the kernel dropped because the accept backlog was full.
    pub dropped: f64,
    /// Of the sessions meant to begin that began late, or not at all; nothing of a closed loop.
    pub late: f64,
    /// Of the sessions begun that found no local port.
    pub portless: f64,
}

impl Trial {
    /// Whether it is to be believed.
    pub fn is_valid(&self) -> bool {
        self.doubts.is_empty()
    }

    /// Whether an estimate can rest on it.
    pub(super) fn is_usable(&self) -> bool {
        self.is_valid() && self.goodput > 0.0
    }

    /// Whether it met the objectives, if there are any.
    pub(super) fn meets(&self) -> Option<bool> {
        self.strain.map(|strain| strain <= 1.0)
    }

    /// When it was over.
    pub(super) fn ended(&self) -> Duration {
        self.began.saturating_add(self.took)
    }
}

/// Those trials that the estimate of a search rests on.
pub(super) fn searched(trials: &[Trial]) -> Vec<&Trial> {
    let searched = trials.iter().filter(|trial| trial.purpose.is_search());
    searched.collect()
}

/// That of some numbers of workers which is nearest to another, if it is nearly the same.
pub(super) fn nearly(counts: impl Iterator<Item = usize>, workers: usize) -> Option<usize> {
    let nearest = counts.min_by_key(|count| count.abs_diff(workers));
    nearest.filter(|count| as_f64(count.abs_diff(workers)) <= NEARLY * as_f64(workers))
}

/// The middle one of some durations, or what lies between the two that are.
pub(super) fn median(durations: impl Iterator<Item = Duration>) -> Option<Duration> {
    let seconds = median_number(durations.map(|duration| duration.as_secs_f64()))?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// The middle one of some numbers, or what lies between the two that are.
pub(super) fn median_number(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = numbers.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let (low, high) = (sorted.get(last / 2)?, sorted.get(last.div_ceil(2))?);
    Some(f64::midpoint(*low, *high))
}
