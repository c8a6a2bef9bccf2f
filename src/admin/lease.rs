//! How many workers there are to be: changed for good, or on a lease.
//!
//! Who tries numbers of workers, as the tuner does, takes a lease: the number holds for a few seconds and
//! has to be renewed. Whatever happens to them, and be it that they are killed or cut off, the server then
//! has as many workers again as it had before. There is one lease at a time. A change for good ends it, and
//! who held it is told so when they renew it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::observe::{Headcount, LeaseView};
use crate::server::{ResizeError, Server};

/// Numbers of leases begin below this, so that they stay exact where numbers are doubles.
const FIRST_BELOW: u64 = 1 << 52;

/// For how long a number of workers is to hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Terms {
    /// Until it is changed.
    ForGood,
    /// So long, if nobody renews it.
    Lease(Duration),
    /// So long from now on, if this lease is not over yet.
    Renewed(u64, Duration),
    /// Until it is changed, if this lease is not over yet, which ends with it.
    Ended(u64),
}

/// Why the number of workers stays as it is.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// It holds for somebody else.
    #[error(
        "somebody else tries numbers of workers, for another {:.1} s if they do not renew their lease; a \
         change for good ends it", .left.as_secs_f64()
    )]
    Leased { left: Duration },
    /// Somebody has changed it since, or not renewed it in time.
    #[error("the lease is over: there are to be {workers} workers now")]
    Over { workers: usize },
    /// Nobody would end it in time.
    #[error("there is no lease to be had: {0}")]
    NoThread(std::io::Error),
    /// The server will not have so many.
    #[error(transparent)]
    Resize(#[from] ResizeError),
}

/// The number of workers of a server, and the lease it is on, if it is.
#[derive(Debug)]
pub(super) struct LeaseState {
    server: Arc<Server>,
    held: Mutex<Held>,
    /// Somebody has ended a lease.
    ended: Condvar,
}

#[derive(Debug)]
struct Held {
    lease: Option<Lease>,
    /// The number of the last that there was. The first has any, so that whoever held a lease of a server
    /// that was started again since is not taken for the holder of another.
    last: u64,
}

#[derive(Debug, Clone, Copy)]
struct Lease {
    number: u64,
    until: Instant,
    /// How many workers there are to be when it is over.
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

    /// How many workers there are to be, and until when.
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

    /// Changes that.
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

    /// Ends a lease there may be without changing anything.
    pub(super) fn forget(&self) {
        self.lock().lease = None;
        self.ended.notify_all();
    }

    /// A new lease, and the thread that ends it, which first waits for the lock that is held here.
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

    /// The lease there is, if it is this one.
    fn current(&self, held: &Held, number: u64) -> Result<Lease, Refusal> {
        let lease = held.lease.filter(|lease| lease.number == number);
        lease.ok_or_else(|| Refusal::Over {
            workers: self.server.workers(),
        })
    }

    /// Waits until a lease is over, and puts the workers back if nobody has ended it before.
    fn end_in_time(&self, number: u64) {
        let mut held = self.lock();
        // Ends with the lease, at the latest when nobody renews it any more.
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
            Ok(()) => tracing::warn!(
                before,
                workers,
                "nobody has renewed the lease: there are as many workers again as before it"
            ),
            Err(err) => tracing::error!(%err, before, workers, "the workers cannot be put back"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        // A lease is replaced as a whole.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}
