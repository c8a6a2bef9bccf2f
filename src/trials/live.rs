//! The live server to tune, with a change of its workers for each trial.
//!
//! Its queue keeps its length, because a running server cannot change it. Its workers are on a
//! [lease](holder): the number is restored when the tuner ends for any reason.

mod lease_holder;
mod probe;

use std::thread;
use std::time::{Duration, Instant};

use super::sampled::Sampled;
use super::trial::{Run, Subject, TrialSettings};
use crate::base::Stop;
use crate::client::admin::{Address, AdminClient, AdminError};
use crate::client::{ClientError, Target};
use crate::observe::{Life, Snapshot, Status};
use crate::tune::{TargetError, TrialRequest};

use lease_holder::LeaseHolder;

/// The timeout of its administration port, which has workers of its own.
const ANSWER: Duration = Duration::from_secs(5);

/// The time limit for the pool to reach a new size. Surplus workers finish their session first.
const SETTLING: Duration = Duration::from_secs(10);

/// The interval of checks for the new size, because the server sends no notification.
const LOOK: Duration = Duration::from_millis(20);

/// The error after a restart of the server.
const RESTARTED: &str = "the server was started again while it was tuned";

/// The start time of a server, bit for bit. The server stores it, so another value means another run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Started(u64);

impl Started {
    fn of(status: &Status) -> Self {
        Self(status.started_seconds.to_bits())
    }
}

/// A running server, and the lease on its workers.
#[derive(Debug)]
pub(crate) struct Live {
    target: Target,
    admin: AdminClient,
    started: Started,
    /// The length of its queue.
    queue: usize,
    holder: LeaseHolder,
}

/// The reasons why a server cannot be tuned.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LiveError {
    /// The administration port does not answer, or another tuner holds the lease.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// The target does not tell the time.
    #[error(transparent)]
    Target(#[from] ClientError),
    /// The two ports belong to different servers, or the check is inconclusive.
    #[error(
        "{target} and {admin} do not belong to the same server: the one took sessions which the other knows \
         nothing of"
    )]
    Strangers { target: Target, admin: Address },
    /// The server is ending.
    #[error("the server at {admin} is {}: it changes its workers no more", .life.name())]
    Ending { admin: Address, life: Life },
    /// The thread that renews the lease cannot start.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
}

impl Live {
    /// Takes the lease on the workers of the server with these two addresses. `timeout` limits every wait
    /// of a session.
    pub(crate) fn reach(
        target: &Target,
        admin: &Address,
        timeout: Duration,
    ) -> Result<Self, LiveError> {
        let client = AdminClient::new(admin.clone(), ANSWER);
        let first = client.status()?;
        let life = first.server.life;
        if life != Life::Running {
            let admin = admin.clone();
            return Err(LiveError::Ending { admin, life });
        }
        let Some(target) = probe::find(target, &client, timeout)? else {
            let (target, admin) = (target.clone(), admin.clone());
            return Err(LiveError::Strangers { target, admin });
        };
        let started = Started::of(&first);
        let holder = LeaseHolder::start(admin.clone(), started)?;
        Ok(Self {
            target,
            admin: client,
            started,
            queue: first.server.queue.capacity,
            holder,
        })
    }

    /// The number of workers outside of trials.
    pub(crate) fn workers(&self) -> usize {
        self.holder.otherwise()
    }

    /// The length of its queue in every trial.
    pub(crate) fn places(&self) -> usize {
        self.queue
    }

    /// Gives the server back with this number of workers. An error says why another number stays.
    pub(crate) fn leave(self, workers: usize) -> Result<(), String> {
        self.holder.leave(workers)
    }

    /// Sets the number of workers. An error names the reason why another number applies.
    fn hold(&self, workers: usize) -> Result<(), TargetError> {
        self.holder.hold(workers).map_err(TargetError::Failed)
    }

    /// Waits until the server has this number of workers.
    fn settle(&self, workers: usize, stop: &Stop) -> Result<(), TargetError> {
        let deadline = Instant::now() + SETTLING;
        loop {
            let server = self.status()?.server;
            let there = there(&server);
            if server.workers.wanted != workers {
                // Another program wants another number; `hold` reports it.
                self.hold(workers)?;
            } else if there == workers {
                return Ok(());
            }
            if stop.is_requested() {
                return Err(TargetError::Interrupted);
            }
            if Instant::now() >= deadline {
                let occupied = server.workers.states.occupied();
                return Err(TargetError::Failed(format!(
                    "after {} s the server still has {there} workers instead of {workers}: {occupied} of \
                     them hold a session, and finish it before they retire",
                    SETTLING.as_secs()
                )));
            }
            thread::sleep(LOOK);
        }
    }

    /// The status of the server, or an error if it has restarted.
    fn status(&self) -> Result<Status, TargetError> {
        let failed = |err: AdminError| TargetError::Failed(err.to_string());
        let status = self.admin.status().map_err(failed)?;
        if Started::of(&status) != self.started {
            return Err(TargetError::Failed(RESTARTED.to_owned()));
        }
        if status.server.life != Life::Running {
            let reason = format!("the server is {}", status.server.life.name());
            return Err(TargetError::Failed(reason));
        }
        Ok(status)
    }
}

impl Subject for Live {
    fn queue(&self) -> Option<usize> {
        Some(self.queue)
    }

    /// Sets the workers, and loads the server once it has that number.
    fn measure(
        &mut self,
        settings: &TrialSettings,
        request: &TrialRequest,
    ) -> Result<Run, TargetError> {
        let began = Instant::now();
        let workers = request.candidate.workers;
        self.hold(workers)?;
        self.settle(workers, &settings.stop)?;
        let watched = Sampled {
            target: self.target.clone(),
            admin: &self.admin,
        };
        let (measured, figures) = settings.measure(request, &watched)?;
        // If another program had changed the workers meanwhile, the measured pool size would be unknown.
        self.hold(workers)?;
        self.status()?;
        Ok(Run {
            measured,
            figures,
            began,
            took: began.elapsed(),
        })
    }
}

/// The present workers, including workers that have still to retire.
fn there(server: &Snapshot) -> usize {
    let states = server.workers.states;
    states.idle.saturating_add(states.occupied())
}
