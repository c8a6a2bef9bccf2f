//! The panel: the administered server, and the state shared by the routes and the agent.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::advising::Advising;
use super::guard::Names;
use super::lease::{LeaseState, Refusal, Terms};
use crate::clock::Discipline;
use crate::observe::metrics::Scrape;
use crate::observe::{Headcount, LogView, ProcessView, Readiness, SessionTimes, Snapshot, Status};
use crate::server::Server;

/// The state that the routes read and change.
pub struct Panel {
    server: Arc<Server>,
    lease_state: Arc<LeaseState>,
    /// The host names that a request may use.
    pub(super) names: Names,
    /// The largest number of workers that a request may set.
    pub(super) most_workers: usize,
    /// The largest share of refused clients with which the server is ready.
    most_refused: Option<f64>,
    /// The number of log lines lost so far because the log's reader had stalled.
    lost_lines: Box<dyn Fn() -> u64 + Send + Sync>,
    /// The advisor thread, if advice is enabled.
    advising: Option<Advising>,
    began: Instant,
    began_at: Duration,
}

impl Panel {
    /// Creates the panel of a server that has just begun to listen.
    pub fn new(
        server: Arc<Server>,
        names: Names,
        most_workers: usize,
        most_refused: Option<f64>,
        lost_lines: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Self {
        Self {
            lease_state: LeaseState::of(Arc::clone(&server)),
            server,
            names,
            most_workers,
            most_refused,
            lost_lines: Box::new(lost_lines),
            advising: None,
            began: Instant::now(),
            began_at: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default(),
        }
    }

    /// Adds the advisor thread to the panel.
    #[must_use]
    pub fn advised_by(mut self, advising: Advising) -> Self {
        self.advising = Some(advising);
        self
    }

    /// The complete status of the server and the process.
    pub(super) fn status(&self) -> Status {
        let server = self.server.snapshot();
        Status {
            version: env!("CARGO_PKG_VERSION").into(),
            started_seconds: self.began_at.as_secs_f64(),
            uptime_seconds: self.began.elapsed().as_secs_f64(),
            readiness: self.readiness_of(&server),
            server,
            session_times: SessionTimes::from(&self.server.histograms()),
            process: ProcessView::of_this_process(),
            clock: Discipline::of_this_machine(),
            log: LogView {
                omitted: self.server.omitted_lines(),
                lost: (self.lost_lines)(),
            },
            advice: self.advising.as_ref().and_then(Advising::latest),
        }
    }

    /// The complete status with the histograms, for the metrics.
    pub(super) fn scrape(&self) -> Scrape {
        Scrape {
            status: self.status(),
            histograms: self.server.histograms(),
        }
    }

    /// Whether new clients should be sent to the server.
    pub(super) fn readiness(&self) -> Readiness {
        self.readiness_of(&self.server.snapshot())
    }

    /// Whether new clients should be sent to the server, judged from a snapshot.
    pub(super) fn readiness_of(&self, server: &Snapshot) -> Readiness {
        Readiness::of(server, self.most_refused)
    }

    /// A snapshot of the server.
    pub(super) fn snapshot(&self) -> Snapshot {
        self.server.snapshot()
    }

    /// The number of workers, and the lease it is on.
    pub(super) fn headcount(&self) -> Headcount {
        self.lease_state.headcount()
    }

    /// Sets the number of workers under the given terms.
    pub(super) fn change(&self, workers: usize, terms: Terms) -> Result<(), Refusal> {
        self.lease_state.change(workers, terms)
    }
}

impl Drop for Panel {
    fn drop(&mut self) {
        self.lease_state.forget();
    }
}

impl fmt::Debug for Panel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panel").finish_non_exhaustive()
    }
}
