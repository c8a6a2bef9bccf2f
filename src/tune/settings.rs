//! What is asked of the tuner, and what is known before the first trial.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::request::Offered;
use crate::base::serialized::seconds;
use crate::base::{as_f64, whole};

/// The places for each worker where nobody says how long clients may wait: the wait is then as long as
/// four sessions.
const PLACES: f64 = 4.0;

/// The longest queue that is recommended.
const MOST_PLACES: usize = 1 << 16;

/// What is asked of the tuner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The most workers that may be tried, one at least.
    pub most_workers: usize,
    /// How clients come.
    pub demand: Demand,
    /// How long an admitted client may wait for a worker, if that was asked.
    #[serde(rename = "wait_seconds", with = "maybe_seconds")]
    pub wait: Option<Duration>,
    /// How long a wait and the session after it may take together, if there are objectives of that.
    #[serde(rename = "limit_seconds", with = "maybe_seconds")]
    pub limit: Option<Duration>,
    /// The places of the queue, where that stays as it is whatever is tried: of a server that is running.
    pub queue: Option<usize>,
    /// The objectives as they were written, if there are any; trials are held to them where they run.
    pub slo: Option<String>,
    /// How long the tuning may take, its calibration included.
    #[serde(rename = "budget_seconds", with = "seconds")]
    pub budget: Duration,
    /// What all of that is spent on.
    pub effort: Effort,
    /// Decides everything that is left to chance.
    pub seed: u64,
}

/// What a budget is spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effort {
    /// The search, latency against load, an overload, and a verification.
    Full,
    /// The same without latency against load, in shorter trials.
    Quick,
}

/// How clients come.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Demand {
    /// So many for each worker that is tried, two at least: always enough to keep all of them busy.
    PerWorker(usize),
    /// Always as many, each coming again when it was served and after a pause.
    Clients {
        /// How many.
        clients: usize,
        /// The pause.
        #[serde(rename = "think_seconds", with = "seconds")]
        think: Duration,
    },
    /// So many sessions a second, whatever became of those before.
    Rate(f64),
}

/// What was found out before the first trial.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Sessions a second that the load generator reaches against a server that does nothing.
    pub ceiling: Option<f64>,
    /// How long a session keeps a worker when it is alone.
    pub service: Service,
    /// How long a trial takes besides measuring.
    #[serde(rename = "overhead_seconds", with = "seconds")]
    pub overhead: Duration,
    /// Cores of the server's machine.
    pub cores: usize,
    /// Whether the load generator runs on that machine too.
    pub shares_machine: bool,
    /// How long it took to find all of this out: so much of the budget is spent.
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
    /// So many workers and the queue that belongs to them: the one there is, or the longest there may be.
    pub fn candidate(&self, workers: usize, service: Service) -> Candidate {
        let longest = || self.longest_queue(workers, service);
        let queue = self.queue.unwrap_or_else(longest);
        Candidate { workers, queue }
    }

    /// The places of a queue in which the last waits no longer than clients may: `wait * workers / service`.
    pub(super) fn longest_queue(&self, workers: usize, service: Service) -> usize {
        let mean = service.mean.as_secs_f64();
        let places = self.wait(service).as_secs_f64() / mean;
        let places = if mean > 0.0 { places } else { PLACES };
        whole(places * as_f64(workers)).clamp(1, MOST_PLACES)
    }

    /// How long an admitted client may wait: what was asked, or what a session leaves of the limit, or four
    /// sessions.
    pub(super) fn wait(&self, service: Service) -> Duration {
        let left = self.limit.map(|limit| limit.saturating_sub(service.mean));
        let wait = self.wait.or(left);
        wait.unwrap_or_else(|| service.mean.mul_f64(PLACES))
    }

    /// How clients come to a candidate. Where that is by its workers, there are never so many that it
    /// would have to refuse any.
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

    /// The most workers that are worth a trial: more than there are clients have nobody to serve.
    pub(super) fn most(&self) -> usize {
        let most = match self.demand {
            Demand::Clients { clients, .. } => self.most_workers.min(clients),
            Demand::PerWorker(_) | Demand::Rate(_) => self.most_workers,
        };
        most.max(1)
    }
}

/// A duration as a number of seconds, if there is one.
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
