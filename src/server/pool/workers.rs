//! The worker loops, and how their number changes while the server serves.
//!
//! To grow is to start more loops, to shrink is to have as many retire: those that are idle at once, the
//! others when they have finished their session. The threads of those that have retired stay, and are
//! used again; the number of threads is never lowered, because a `threadpool` that was lowered and
//! raised again starts more of them than it was told to.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::shared::Shared;
use super::slot::Slot;
use super::threads::{Refused, WorkerThreads};
use super::worker::Worker;
use crate::server::event::Alive;
use crate::server::host_limits::{self, Shortage};
use crate::server::service::Service;
use crate::server::settings::Settings;

/// Why the number of workers stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResizeError {
    /// There has to be somebody to serve.
    #[error("workers must be at least 1, got 0")]
    NoWorkers,
    /// Nobody is hired any more.
    #[error("the server is about to end and changes its workers no more")]
    Ending,
    /// The machine does not have what so many workers need.
    #[error(transparent)]
    Shortage(#[from] Shortage),
}

/// The workers, and the means to start more of them.
#[derive(Debug)]
pub(crate) struct Workers {
    /// How many workers there are to be; read by whoever must not wait for threads to start.
    wanted: AtomicUsize,
    hiring: Mutex<Hiring>,
}

/// What it takes to change the number of workers, which happens to one at a time.
#[derive(Debug)]
struct Hiring {
    pool: WorkerThreads,
    recruiter: Recruiter,
    shared: Arc<Shared>,
    /// For each worker that is started; gone once the server drains, which waits for the last of them.
    alive: Option<Alive>,
    /// What the server was set up with.
    settings: Settings,
    /// Listeners that were passed in.
    passed: usize,
}

/// A worker loop, ready to run.
type Loop = Box<dyn FnOnce() + Send>;

/// Makes the loop of a worker, for whatever service it is.
struct Recruiter(Box<dyn Fn(usize, Arc<Slot>, Alive) -> Loop + Send>);

impl Workers {
    /// As many workers as the settings say, on threads that have been started already.
    pub(crate) fn start<S: Service>(
        pool: WorkerThreads,
        (settings, passed): (&Settings, usize),
        service: Arc<S>,
        shared: &Arc<Shared>,
        alive: Alive,
    ) -> Self {
        let hiring = Hiring {
            pool,
            recruiter: Recruiter::new(service, shared),
            shared: Arc::clone(shared),
            alive: Some(alive.clone()),
            settings: settings.clone(),
            passed,
        };
        hiring.hire(settings.workers, &alive);
        Self {
            wanted: AtomicUsize::new(settings.workers),
            hiring: Mutex::new(hiring),
        }
    }

    /// How many workers there are to be. Somewhat more may be there, while some have still to retire.
    pub(crate) fn wanted(&self) -> usize {
        self.wanted.load(Ordering::Relaxed)
    }

    /// Changes how many workers there are to be, with effect from now on.
    pub(crate) fn resize(&self, workers: usize) -> Result<(), ResizeError> {
        let mut hiring = self.lock();
        let alive = hiring.alive.clone().ok_or(ResizeError::Ending)?;
        if workers == 0 {
            return Err(ResizeError::NoWorkers);
        }
        let settings = Settings {
            workers,
            ..hiring.settings.clone()
        };
        host_limits::check_beside(hiring.passed, &settings)?;
        let grown = hiring.pool.grow(workers);
        grown.map_err(|Refused| host_limits::diagnose(&settings))?;
        if let Some(clients) = &hiring.shared.clients {
            clients.grow(settings.sessions());
        }
        hiring.shared.fairness.grow(settings.places());
        let deferred = host_limits::deferred(&settings, hiring.passed);
        (hiring.shared.deferred_capacity).store(deferred, Ordering::Relaxed);
        self.wanted.store(workers, Ordering::Relaxed);
        let missing = hiring.shared.queue.staff(workers);
        hiring.hire(missing, &alive);
        Ok(())
    }

    /// Hires nobody any more, so that the end of those there are is the end of all.
    pub(crate) fn close(&self) {
        self.lock().alive = None;
    }

    fn lock(&self) -> MutexGuard<'_, Hiring> {
        // A panic in here comes from a service that cannot make a responder; the workers are as they were.
        self.hiring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hiring {
    /// Starts so many workers. There is a thread for each.
    fn hire(&self, workers: usize, alive: &Alive) {
        for (number, slot) in self.shared.slots.enrol(workers, self.shared.clock.now()) {
            let Recruiter(recruit) = &self.recruiter;
            self.pool.execute(recruit(number, slot, alive.clone()));
        }
    }
}

impl Recruiter {
    fn new<S: Service>(service: Arc<S>, shared: &Arc<Shared>) -> Self {
        let shared = Arc::clone(shared);
        Self(Box::new(move |number, slot, alive| {
            let worker = Worker::new(number, &*service, slot, Arc::clone(&shared), alive);
            Box::new(|| worker.run())
        }))
    }
}

impl fmt::Debug for Recruiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recruiter")
    }
}
