//! The settings of a tuning, and its calibration before the first trial.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::request::Offered;
use crate::base::serialized::seconds;
use crate::base::{as_f64, whole};

/// The places per worker if no wait limit is set: the wait is then as long as four sessions.
const PLACES: f64 = 4.0;

/// The longest recommended queue.
const MOST_PLACES: usize = 1 << 16;

/// The settings of a tuning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The largest number of workers to try, at least one.
    pub most_workers: usize,
    /// How clients come.
    pub demand: Demand,
    /// The requested limit on the wait of an admitted client, if any.
    #[serde(rename = "wait_seconds", with = "maybe_seconds")]
    pub wait: Option<Duration>,
    /// The limit on a wait and its session together, if the objectives have one.
    #[serde(rename = "limit_seconds", with = "maybe_seconds")]
    pub limit: Option<Duration>,
    /// The fixed places of the queue of a running server; none if the tuner chooses them.
    pub queue: Option<usize>,
    /// The objectives as written, if any; the target judges trials by them.
    pub slo: Option<String>,
    /// The time limit of the tuning, including its calibration.
    #[serde(rename = "budget_seconds", with = "seconds")]
    pub budget: Duration,
    /// How the budget is spent.
    pub effort: Effort,
    /// The seed of all random choices.
    pub seed: u64,
}

/// How a budget is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effort {
    /// On the search, latency against load, an overload, and a verification.
    Full,
    /// On the search, an overload and a verification, in shorter trials.
    Quick,
}

/// How clients come.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Demand {
    /// This many clients for each tried worker, at least two: enough to keep all workers busy.
    PerWorker(usize),
    /// A closed loop: a fixed number of clients; each returns after a pause once it was served.
    Clients {
        /// The number of clients.
        clients: usize,
        /// The pause.
        #[serde(rename = "think_seconds", with = "seconds")]
        think: Duration,
    },
    /// An open loop: this many sessions per second, independent of earlier sessions.
    Rate(f64),
}

/// The calibration before the first trial.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Sessions per second that the load generator reaches against a server that does nothing.
    pub ceiling: Option<f64>,
    /// How long a lone session keeps a worker.
    pub service: Service,
    /// How long a trial takes besides measuring.
    #[serde(rename = "overhead_seconds", with = "seconds")]
    pub overhead: Duration,
    /// Cores of the server's machine.
    pub cores: usize,
    /// Whether the load generator runs on the server's machine too.
    pub shares_machine: bool,
    /// The duration of the calibration, which counts towards the budget.
    #[serde(rename = "took_seconds", with = "seconds")]
    pub took: Duration,
}

/// How long a session keeps a worker.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// The mean.
    #[serde(rename = "mean_seconds", with = "seconds")]
    pub mean: Duration,
    /// The variance over the square of the mean: 0 if all are equal, 1 if they are exponential.
    pub variability: f64,
}

impl Settings {
    /// A number of workers and its queue: the fixed one, or the longest allowed.
    pub fn candidate(&self, workers: usize, service: Service) -> Candidate {
        let longest = || self.longest_queue(workers, service);
        let queue = self.queue.unwrap_or_else(longest);
        Candidate { workers, queue }
    }

    /// The places of a queue in which the last client waits within the limit: `wait * workers / service`.
    pub(super) fn longest_queue(&self, workers: usize, service: Service) -> usize {
        let mean = service.mean.as_secs_f64();
        let places = self.wait(service).as_secs_f64() / mean;
        let places = if mean > 0.0 { places } else { PLACES };
        whole(places * as_f64(workers)).clamp(1, MOST_PLACES)
    }

    /// How long an admitted client may wait: the requested limit, or the rest of the session limit, or
    /// four sessions.
    pub(super) fn wait(&self, service: Service) -> Duration {
        let left = self.limit.map(|limit| limit.saturating_sub(service.mean));
        let wait = self.wait.or(left);
        wait.unwrap_or_else(|| service.mean.mul_f64(PLACES))
    }

    /// How clients come to a candidate. Clients per worker never exceed the number that the candidate can
    /// admit.
    pub fn offered(&self, candidate: Candidate) -> Offered {
        match self.demand {
            Demand::PerWorker(clients) => Offered::Clients {
                clients: candidate
                    .workers
                    .saturating_mul(clients)
                    .min(candidate.workers.saturating_add(candidate.queue))
                    .max(2),
                think: Duration::ZERO,
            },
            Demand::Clients { clients, think } => Offered::Clients { clients, think },
            Demand::Rate(rate) => Offered::Rate(rate),
        }
    }

    /// The most workers worth a trial: with more workers than clients, some stay idle.
    pub(super) fn most(&self) -> usize {
        let most = match self.demand {
            Demand::Clients { clients, .. } => self.most_workers.min(clients),
            Demand::PerWorker(_) | Demand::Rate(_) => self.most_workers,
        };
        most.max(1)
    }
}

/// An optional duration, serialised as seconds.
mod maybe_seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    #[expect(clippy::ref_option, reason = "that is how serde calls it")]
    pub(super) fn serialize<S: Serializer>(
        time: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        time.map(|time| time.as_secs_f64()).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        let seconds = Option::<f64>::deserialize(from)?;
        let time = seconds.map(Duration::try_from_secs_f64).transpose();
        time.map_err(de::Error::custom)
    }
}
