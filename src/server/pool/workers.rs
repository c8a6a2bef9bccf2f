//! The worker loops, and the change of their number while the server runs.
//!
//! Growing starts more loops. Shrinking retires surplus loops: idle ones at once, the others after their
//! session. The threads of retired loops stay and are used again. The number of threads is never lowered: a
//! `threadpool` that was lowered and raised again starts too many.

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

/// The reason why the number of workers was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResizeError {
    /// At least one worker is needed.
    #[error("workers must be at least 1, got 0")]
    NoWorkers,
    /// The server is draining, and starts no more workers.
    #[error("the server is about to end and changes its workers no more")]
    Ending,
    /// The machine lacks resources for this many workers.
    #[error(transparent)]
    Shortage(#[from] Shortage),
}

/// The workers, and the parts needed to start more.
#[derive(Debug)]
pub(crate) struct Workers {
    /// The wanted number of workers, readable without waiting for threads to start.
    wanted: AtomicUsize,
    hiring: Mutex<Hiring>,
}

/// The parts needed to change the number of workers. The lock allows one change at a time.
#[derive(Debug)]
struct Hiring {
    pool: WorkerThreads,
    recruiter: Recruiter,
    shared: Arc<Shared>,
    /// Cloned for each started worker. `None` once the server drains, because the drain waits for the last
    /// clone.
    alive: Option<Alive>,
    /// The settings of the server.
    settings: Settings,
    /// The number of passed listeners.
    passed: usize,
}

/// A worker loop, ready to run.
type Loop = Box<dyn FnOnce() + Send>;

/// Makes a worker's loop, independent of the service's type.
struct Recruiter(Box<dyn Fn(usize, Arc<Slot>, Alive) -> Loop + Send>);

impl Workers {
    /// Starts the configured number of workers, on threads that already run.
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

    /// The wanted number of workers. More may exist while surplus workers have still to retire.
    pub(crate) fn wanted(&self) -> usize {
        self.wanted.load(Ordering::Relaxed)
    }

    /// Changes the wanted number of workers.
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

    /// Prevents further starts, so that the drain can wait for the existing workers.
    pub(crate) fn close(&self) {
        self.lock().alive = None;
    }

    fn lock(&self) -> MutexGuard<'_, Hiring> {
        // Only a service that cannot make a responder panics here, and the workers are then unchanged.
        self.hiring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hiring {
    /// Starts this many workers. There is a thread for each.
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
