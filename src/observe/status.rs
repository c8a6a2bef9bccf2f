//! The published status of a running server, as JSON.

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

/// The complete status of a running server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The server's version.
    pub version: String,
    /// When it began to listen, in seconds since 1970-01-01 00:00:00 UTC; a different value means a restart.
    pub started_seconds: f64,
    /// How long it has listened, in seconds.
    pub uptime_seconds: f64,
    /// Whether new clients should be sent to the server, and the reason.
    #[serde(flatten)]
    pub readiness: Readiness,
    /// The server's snapshot.
    #[serde(flatten)]
    pub server: Snapshot,
    /// How long sessions waited and lasted.
    #[serde(default)]
    pub session_times: SessionTimes,
    /// The resources used by the process, if the system reports them.
    #[serde(default)]
    pub process: Option<ProcessView>,
    /// The synchronisation state of the machine's clock, if the kernel reports it.
    pub clock: Option<Discipline>,
    /// The lines missing from the log.
    pub log: LogView,
    /// The effect of other numbers of workers, once computed.
    #[serde(default)]
    pub advice: Option<Advice>,
}

/// How long sessions have waited and lasted since the server began to listen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct SessionTimes {
    /// The waits in the queue of all sessions that a worker took.
    pub waited: Total,
    /// The lengths of all ended sessions with a worker.
    pub lasted: Total,
}

/// A sum of times.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Total {
    /// How many times were added.
    pub count: u64,
    /// Their sum in seconds.
    pub seconds: f64,
}

/// The resources used by a process.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ProcessView {
    /// CPU time since the process began, in seconds.
    pub cpu_seconds: f64,
    /// The cores that the process may use.
    pub cores: usize,
}

impl ProcessView {
    /// The resources used by this process, if the system reports them.
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
    /// Whether new clients should be sent to the server.
    pub ready: bool,
    /// The reason.
    #[serde(rename = "ready_reason")]
    pub reason: String,
}

/// The lines missing from the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogView {
    /// Session lines left out because there were too many.
    pub omitted: u64,
    /// Lines lost because the log's reader had stalled.
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
    /// The readiness of a server that may refuse at most this share, 0 to 1, for lack of a worker.
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
