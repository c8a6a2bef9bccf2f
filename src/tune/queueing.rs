//! How long the queue should be, and what that means for those who wait in it.

mod station;

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::estimate::Estimate;
use super::finding::Finding;
use super::request::Purpose;
use super::settings::{Demand, Settings};
use super::trial::Trial;
use crate::base::as_f64;
use crate::base::serialized::seconds;
use station::Station;

/// The part of what the workers can serve that the model is asked about where the demand is no rate.
const ASKED: f64 = 0.9;

/// How much longer than it may be a wait is that is still within what it may be: a full queue is drained
/// in the mean in exactly that time, and a run is not the mean.
const ALLOWED: f64 = 1.1;

/// The queues that are looked at, as parts of that of the verdict.
const PARTS: [(usize, usize); 7] = [(1, 8), (1, 4), (1, 2), (1, 1), (2, 1), (4, 1), (8, 1)];

/// The queue of the verdict: as long as a wait may be, and what a model and a run say of it.
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
    /// Sessions a second that the model is asked about: the demand, or nine tenths of what the workers
    /// can serve where the demand is no rate.
    pub offered: f64,
    /// The share of them, 0 to 1, that would be refused.
    pub refused: f64,
    /// What one in a hundred of the others would wait longer than.
    #[serde(rename = "p99_wait_seconds", with = "seconds")]
    pub p99_wait: Duration,
    /// The same of other pools, row by row from few workers to many, in each from short queues to long.
    pub grid: Vec<QueueCell>,
    /// The run with half as many sessions again as the workers can serve, if there was time for it.
    pub overload: Option<MeasuredOverload>,
}

/// What a model says of a pool at the rate that is offered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct QueueCell {
    /// Its workers.
    pub workers: usize,
    /// The places of its queue.
    pub queue: usize,
    /// The share of sessions, 0 to 1, that it would refuse.
    pub refused: f64,
    /// What one in a hundred of the others would wait longer than.
    #[serde(rename = "p99_wait_seconds", with = "seconds")]
    pub p99_wait: Duration,
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
        let (choice, estimate) = found.choice()?;
        let Candidate { workers, queue } = choice.candidate;
        let offered = match settings.demand {
            Demand::Rate(rate) => rate,
            Demand::PerWorker(_) | Demand::Clients { .. } => ASKED * choice.band.goodput,
        };
        let at = |candidate| Station {
            rate: offered,
            ..found.station(candidate, settings, estimate)
        };
        let station = at(choice.candidate);
        let wait = settings.wait(found.service);
        let longest_wait = found.service.mean.mul_f64(as_f64(queue) / as_f64(workers));
        Some(Self {
            places: queue,
            wait,
            allowed: settings.longest_queue(workers, found.service),
            longest_wait,
            offered,
            refused: station.refused(),
            p99_wait: station.wait(0.99),
            grid: grid(choice.candidate, estimate, trials)
                .map(|candidate| QueueCell::of(at(candidate)))
                .collect(),
            overload: MeasuredOverload::of(trials, wait),
        })
    }
}

impl QueueCell {
    fn of(station: Station) -> Self {
        Self {
            workers: station.workers,
            queue: station.places,
            refused: station.refused(),
            p99_wait: station.wait(0.99),
        }
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

impl Finding {
    /// A pool without what comes to it. Where workers were always kept busy, their throughput says how long
    /// each is kept, with all that they take from each other.
    fn station(&self, candidate: Candidate, settings: &Settings, estimate: &Estimate) -> Station {
        let band = estimate.band(candidate.workers);
        let service = match (settings.demand, band) {
            (Demand::PerWorker(_), Some(band)) => as_f64(band.workers) / band.goodput,
            _ => self.service.mean.as_secs_f64(),
        };
        Station {
            workers: candidate.workers,
            places: candidate.queue,
            rate: 0.0,
            service,
            variability: self.service.variability,
        }
    }
}

/// The pools around a verdict: what was tried, each with queues from short to long.
fn grid(
    verdict: Candidate,
    estimate: &Estimate,
    trials: &[Trial],
) -> impl Iterator<Item = Candidate> {
    let tried = trials.iter().map(|trial| trial.candidate.workers);
    let largest = estimate.curve.last().map_or(0, |band| band.workers);
    let mut counts: BTreeSet<usize> = tried.filter(|count| *count <= largest).collect();
    counts.insert(verdict.workers);
    let queues = PARTS.map(|(times, over)| (verdict.queue.saturating_mul(times) / over).max(1));
    let queues = BTreeSet::from(queues);
    counts.into_iter().flat_map(move |workers| {
        let queues = queues.clone().into_iter();
        queues.map(move |queue| Candidate { workers, queue })
    })
}
