//! The queue of the verdict: its longest length that the wait allows, and what a measured overload says of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::finding::Finding;
use super::request::Purpose;
use super::settings::Settings;
use super::trial::Trial;
use crate::base::as_f64;
use crate::base::serialized::seconds;

/// How much longer than it may be a wait is that is still within what it may be: a full queue is drained
/// in the mean in exactly that time, and a run is not the mean.
const ALLOWED: f64 = 1.1;

/// The queue of the verdict: as long as a wait may be, and what a run says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Queueing {
    /// Its places.
    pub places: usize,
    /// How long an admitted client may wait: what was asked, or four sessions.
    #[serde(rename = "wait_seconds", with = "seconds")]
    pub wait: Duration,
    /// The most places with which nobody waits longer than that in the mean.
    pub allowed: usize,
    /// How long the last in a full queue waits in the mean: places times service time over workers.
    #[serde(rename = "longest_wait_seconds", with = "seconds")]
    pub longest_wait: Duration,
    /// The run with half as many sessions again as the workers can serve, if there was time for it.
    pub overload: Option<MeasuredOverload>,
}

/// A run with more sessions than the workers can serve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasuredOverload {
    /// What it gave.
    pub trial: Trial,
    /// How long those waited that were admitted, in the mean.
    #[serde(rename = "waited_seconds", with = "seconds")]
    pub waited: Duration,
    /// Whether that is within what a wait may be, a tenth of it allowed for.
    pub holds: bool,
}

impl Queueing {
    /// The queue of what was found, if that is anything to run.
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
    /// The overload among these trials, if one ran that can be believed. What the server says of waits that
    /// are too long needs no belief in a load generator that could not keep up with them.
    fn of(trials: &[Trial], wait: Duration) -> Option<Self> {
        let overload = |trial: &&Trial| trial.purpose == Purpose::Overload;
        let trial = trials.iter().rfind(overload)?;
        // Where the server does not say how long they waited, it is what is left of their time.
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
