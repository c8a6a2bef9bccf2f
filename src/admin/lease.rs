//! The number of workers, set permanently or on a lease.
//!
//! A program that tries numbers of workers, such as the tuner, takes a lease. The number then holds for a
//! few seconds and must be renewed. If the program is killed or disconnected, the lease expires and the
//! server restores the earlier number. Only one lease exists at a time. A permanent change ends it, and the
//! holder's next renewal is refused.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::observe::{Headcount, LeaseView};
use crate::server::{ResizeError, Server};

/// The first lease number is below this, so that numbers stay exact in readers that use doubles.
const FIRST_BELOW: u64 = 1 << 52;

/// How long a number of workers holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Terms {
    /// Until the next change.
    ForGood,
    /// For this long, unless the lease is renewed.
    Lease(Duration),
    /// For this long from now, if the numbered lease is still current.
    Renewed(u64, Duration),
    /// Until the next change; ends the numbered lease, which must still be current.
    Ended(u64),
}

/// Why the number of workers was not changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// Another client holds the lease.
    #[error(
        "another client tries numbers of workers, for another {:.1} s if it does not renew its lease; a \
         change for good ends it", .left.as_secs_f64()
    )]
    Leased { left: Duration },
    /// The lease was ended by another change or has expired.
    #[error("the lease is over: there are to be {workers} workers now")]
    Over { workers: usize },
    /// The thread that would end the lease cannot start.
    #[error("there is no lease to be had: {0}")]
    NoThread(std::io::Error),
    /// The server does not accept the number.
    #[error(transparent)]
    Resize(#[from] ResizeError),
}

/// A server's number of workers, and the current lease, if any.
#[derive(Debug)]
pub(super) struct LeaseState {
    server: Arc<Server>,
    held: Mutex<Held>,
    /// Notified when a lease ends or changes.
    ended: Condvar,
}

#[derive(Debug)]
struct Held {
    lease: Option<Lease>,
    /// The number of the last lease. It starts at random, so that a lease of an earlier server process does
    /// not match a lease of this one.
    last: u64,
}

#[derive(Debug, Clone, Copy)]
struct Lease {
    number: u64,
    until: Instant,
    /// The number of workers to restore when the lease ends.
    otherwise: usize,
}

impl LeaseState {
    pub(super) fn of(server: Arc<Server>) -> Arc<Self> {
        Arc::new(Self {
            server,
            held: Mutex::new(Held {
                lease: None,
                last: fastrand::u64(..FIRST_BELOW),
            }),
            ended: Condvar::new(),
        })
    }

    /// The number of workers, and the lease it is on.
    pub(super) fn headcount(&self) -> Headcount {
        let held = self.lock();
        Headcount {
            workers: self.server.workers(),
            lease: held.lease.map(|lease| LeaseView {
                number: lease.number,
                otherwise: lease.otherwise,
                left_seconds: lease.left().as_secs_f64(),
            }),
        }
    }

    /// Sets the number of workers under the given terms.
    pub(super) fn change(self: &Arc<Self>, workers: usize, terms: Terms) -> Result<(), Refusal> {
        let mut held = self.lock();
        let before = self.server.workers();
        let lease = match terms {
            Terms::ForGood => None,
            Terms::Lease(length) => Some(self.begin(&held, before, length)?),
            Terms::Renewed(number, length) => Some(Lease {
                until: Instant::now() + length,
                ..self.current(&held, number)?
            }),
            Terms::Ended(number) => {
                self.current(&held, number)?;
                None
            }
        };
        self.server.resize(workers)?;
        held.last = lease.map_or(held.last, |lease| lease.number);
        held.lease = lease;
        self.ended.notify_all();
        if workers != before {
            let on_lease = lease.is_some();
            tracing::info!(
                before,
                workers,
                on_lease,
                "the number of workers was changed"
            );
        }
        Ok(())
    }

    /// Ends the current lease, if any, and keeps the number of workers.
    pub(super) fn forget(&self) {
        self.lock().lease = None;
        self.ended.notify_all();
    }

    /// Creates a lease and the thread that ends it. The thread first waits for the caller's lock.
    fn begin(
        self: &Arc<Self>,
        held: &Held,
        otherwise: usize,
        length: Duration,
    ) -> Result<Lease, Refusal> {
        if let Some(lease) = held.lease {
            let left = lease.left();
            return Err(Refusal::Leased { left });
        }
        let lease = Lease {
            number: held.last + 1,
            until: Instant::now() + length,
            otherwise,
        };
        let lease_state = Arc::clone(self);
        let thread = thread::Builder::new().name("lease".into());
        let thread = thread.spawn(move || lease_state.end_in_time(lease.number));
        thread.map_err(Refusal::NoThread)?;
        Ok(lease)
    }

    /// The current lease, if it has this number.
    fn current(&self, held: &Held, number: u64) -> Result<Lease, Refusal> {
        let lease = held.lease.filter(|lease| lease.number == number);
        lease.ok_or_else(|| Refusal::Over {
            workers: self.server.workers(),
        })
    }

    /// Waits until the lease is over, and restores the number of workers if it expired.
    fn end_in_time(&self, number: u64) {
        let mut held = self.lock();
        // The loop ends at the latest when the lease expires without a renewal.
        while let Ok(lease) = self.current(&held, number) {
            let left = lease.left();
            if left.is_zero() {
                held.lease = None;
                self.put_back(lease.otherwise);
                return;
            }
            let waited = self.ended.wait_timeout(held, left);
            (held, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn put_back(&self, workers: usize) {
        let before = self.server.workers();
        match self.server.resize(workers) {
            Ok(()) => tracing::warn!(before, workers, "lease expired, workers restored"),
            Err(err) => {
                tracing::error!(%err, before, workers, "cannot restore the number of workers");
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        // A poisoned lock is safe: a lease is only replaced as a whole.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}
