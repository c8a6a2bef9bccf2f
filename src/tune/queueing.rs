//! The queue of the verdict: its longest length within the allowed wait, and its measured overload.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::finding::Finding;
use super::request::Purpose;
use super::settings::Settings;
use super::trial::Trial;
use crate::base::as_f64;
use crate::base::serialized::seconds;

/// The tolerance of a measured wait, as a factor: a full queue drains in exactly the allowed time only on
/// average.
const ALLOWED: f64 = 1.1;

/// The queue of the verdict: as long as the allowed wait permits, and its measured overload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Queueing {
    /// The places of the queue.
    pub places: usize,
    /// How long an admitted client may wait: the requested limit, or four sessions.
    #[serde(rename = "wait_seconds", with = "seconds")]
    pub wait: Duration,
    /// The largest number of places with which the mean wait stays within the limit.
    pub allowed: usize,
    /// The mean wait of the last client in a full queue: places times service time over workers.
    #[serde(rename = "longest_wait_seconds", with = "seconds")]
    pub longest_wait: Duration,
    /// The run at one and a half times the sessions that the workers can serve, if there was time.
    pub overload: Option<MeasuredOverload>,
}

/// A run with more sessions than the workers can serve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasuredOverload {
    /// The trial.
    pub trial: Trial,
    /// The mean wait of the admitted clients.
    #[serde(rename = "waited_seconds", with = "seconds")]
    pub waited: Duration,
    /// Whether that wait is within the limit, with a tolerance of a tenth.
    pub holds: bool,
}

impl Queueing {
    /// The queue for a finding, if it has a candidate to run.
    pub(super) fn of(found: &Finding, settings: &Settings, trials: &[Trial]) -> Option<Self> {
        let (choice, _) = found.choice()?;
        let Candidate { workers, queue } = choice.candidate;
        let wait = settings.wait(found.service);
        let longest_wait = found.service.mean.mul_f64(as_f64(queue) / as_f64(workers));
        Some(Self {
            places: queue,
            wait,
            allowed: settings.longest_queue(workers, found.service),
            longest_wait,
            overload: MeasuredOverload::of(trials, wait),
        })
    }
}

impl MeasuredOverload {
    /// The first usable overload run. A wait that is too long counts even if the load generator could not
    /// keep up, because the server reports it.
    fn of(trials: &[Trial], wait: Duration) -> Option<Self> {
        let overload = |trial: &&Trial| trial.purpose == Purpose::Overload;
        let trial = trials.iter().rfind(overload)?;
        // If the server does not report the wait, it is the median latency minus the service time.
        let split = trial.split;
        let waited = if split.queue.is_zero() {
            trial.latency.p50.saturating_sub(split.service)
        } else {
            split.queue
        };
        let holds = waited <= wait.mul_f64(ALLOWED);
        let is_told = trial.is_valid() || (!holds && !trial.split.queue.is_zero());
        is_told.then(|| Self {
            trial: trial.clone(),
            waited,
            holds,
        })
    }
}
