//! The other server that can be tuned: one that is running, whose workers are changed for each trial.
//!
//! Its queue is as long as it is, for that cannot be changed while it runs. Its workers are on a
//! [lease](holder): however the tuner ends, they are put back.

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

/// How long the server may take to answer a question about itself. It has workers of its own for that.
const ANSWER: Duration = Duration::from_secs(5);

/// How long the pool may take until it has the size it was told. Workers that are too many finish their
/// session first.
const SETTLING: Duration = Duration::from_secs(10);

/// How often it is asked whether it has: it tells nobody by itself.
const LOOK: Duration = Duration::from_millis(20);

/// Why it is no longer what was tuned.
const RESTARTED: &str = "the server was started again while it was tuned";

/// The moment at which a server was started, to the last bit, for it remembers that: another moment is
/// another run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Started(u64);

impl Started {
    fn of(status: &Status) -> Self {
        Self(status.started_seconds.to_bits())
    }
}

/// A server that is running, and the lease on its workers.
#[derive(Debug)]
pub(crate) struct Live {
    target: Target,
    admin: AdminClient,
    started: Started,
    /// Places in its queue.
    queue: usize,
    holder: LeaseHolder,
}

/// Why a server cannot be tuned.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LiveError {
    /// It does not say anything of itself, or somebody else tunes it.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// It does not tell the time.
    #[error(transparent)]
    Target(#[from] ClientError),
    /// The two ports are those of different servers, or it cannot be told.
    #[error(
        "{target} and {admin} do not belong to the same server: the one took sessions which the other knows \
         nothing of"
    )]
    Strangers { target: Target, admin: Address },
    /// It has better things to do.
    #[error("the server at {admin} is {}: it changes its workers no more", .life.name())]
    Ending { admin: Address, life: Life },
    /// Nobody would renew the lease.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
}

impl Live {
    /// Takes hold of the workers of the server that serves at one address and is administered at another.
    /// No wait on a session is longer than `timeout`.
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

    /// How many workers it has when nobody tries anything.
    pub(crate) fn workers(&self) -> usize {
        self.holder.otherwise()
    }

    /// How many places its queue has, whatever is tried.
    pub(crate) fn places(&self) -> usize {
        self.queue
    }

    /// Gives the server back with so many workers; or says why it has another number, which stays.
    pub(crate) fn leave(self, workers: usize) -> Result<(), String> {
        self.holder.leave(workers)
    }

    /// Sees to it that there are to be so many workers, or says who has another say.
    fn hold(&self, workers: usize) -> Result<(), TargetError> {
        self.holder.hold(workers).map_err(TargetError::Failed)
    }

    /// Waits until there are as many workers as were ordered.
    fn settle(&self, workers: usize, stop: &Stop) -> Result<(), TargetError> {
        let deadline = Instant::now() + SETTLING;
        loop {
            let server = self.status()?.server;
            let there = there(&server);
            if server.workers.wanted != workers {
                // Somebody else wants another number, which this says.
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

    /// What the server says of itself, as long as it is the same one.
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

    /// Changes the workers as ordered, and loads the server once there are as many.
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
        // Had somebody changed them meanwhile, nobody would know what was measured.
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

/// Workers that are there, those included that have still to retire.
fn there(server: &Snapshot) -> usize {
    let states = server.workers.states;
    states.idle.saturating_add(states.occupied())
}
