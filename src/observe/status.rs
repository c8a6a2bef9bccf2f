//! Everything that is published about a running server, as JSON.

use std::thread;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use super::counters::Histograms;
use super::histogram::Reading;
use super::recent::RECENTLY;
use super::snapshot::{Life, Snapshot};
use crate::clock::Discipline;
use crate::whatif::Advice;

/// A running server: what it says of itself, and what is known of it besides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Its version.
    pub version: String,
    /// When it began to listen, in seconds since 1970-01-01 00:00:00 UTC: another value is another run.
    pub started_seconds: f64,
    /// For how long it has listened.
    pub uptime_seconds: f64,
    /// Whether new clients should be sent to it, and why or why not.
    #[serde(flatten)]
    pub readiness: Readiness,
    /// What it says of itself.
    #[serde(flatten)]
    pub server: Snapshot,
    /// How long its sessions waited, and lasted.
    #[serde(default)]
    pub session_times: SessionTimes,
    /// What its process has taken of its machine, if the system says.
    #[serde(default)]
    pub process: Option<ProcessView>,
    /// Whether the machine's clock can be believed, if the kernel says.
    pub clock: Option<Discipline>,
    /// What is missing in the log.
    pub log: LogView,
    /// What another number of workers would have done, once anything is known of it.
    #[serde(default)]
    pub advice: Option<Advice>,
}

/// How long the sessions of a server waited and lasted, since it began to listen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct SessionTimes {
    /// In the queue, all those that a worker took.
    pub waited: Total,
    /// With a worker, all those that have ended.
    pub lasted: Total,
}

/// Times that were counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Total {
    /// How many.
    pub count: u64,
    /// All of them together.
    pub seconds: f64,
}

/// What a process has taken of its machine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ProcessView {
    /// CPU time since it began, in seconds.
    pub cpu_seconds: f64,
    /// Cores that it may use.
    pub cores: usize,
}

impl ProcessView {
    /// What this process has taken so far, if the system says.
    pub fn of_this_process() -> Option<Self> {
        let time = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).ok()?;
        Some(Self {
            cpu_seconds: Duration::from(time).as_secs_f64(),
            cores: thread::available_parallelism().ok()?.get(),
        })
    }
}

/// Whether new clients should be sent to a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// Whether they should.
    pub ready: bool,
    /// Why, or why not.
    #[serde(rename = "ready_reason")]
    pub reason: String,
}

/// What is missing in the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogView {
    /// Lines about sessions that were left out because there were too many.
    pub omitted: u64,
    /// Lines that were lost because whoever reads them stood still.
    pub lost: u64,
}

impl From<&Histograms> for SessionTimes {
    fn from(histograms: &Histograms) -> Self {
        let total = |reading: &Reading| Total {
            count: reading.count(),
            seconds: reading.sum(),
        };
        Self {
            waited: total(&histograms.queue_wait),
            lasted: total(&histograms.session),
        }
    }
}

impl Readiness {
    /// Of a server that may refuse at most this share, 0 to 1, of its clients for want of a worker.
    pub fn of(server: &Snapshot, most_refused: Option<f64>) -> Self {
        let refuses_many = most_refused.is_some_and(|most| server.recent.refused_ratio > most);
        let (ready, state) = match server.life {
            Life::Running if refuses_many => (false, "too few workers"),
            Life::Running => (true, "accepting"),
            Life::LameDuck => (false, "about to drain"),
            Life::Draining => (false, "draining"),
            Life::Cutting => (false, "ending every session"),
        };
        let trouble = server.recent.trouble();
        let reason = match trouble.filter(|_| server.life == Life::Running) {
            Some(trouble) => format!("{state}; in the last {} s {trouble}", RECENTLY.as_secs()),
            None => state.to_owned(),
        };
        Self { ready, reason }
    }
}
