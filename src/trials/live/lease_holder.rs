//! The holder of the lease on a server's workers, which also renews it.
//!
//! On drop it restores the workers: when the tuner ends, is interrupted or panics. If the tuner is killed
//! or the network is gone, the server restores them when the lease expires.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::{LiveError, RESTARTED, Started};
use crate::client::admin::{Address, AdminClient, AdminError, Lease};

/// The length of a lease: the longest time for which a killed tuner's workers stay.
const LEASE: Duration = Duration::from_secs(6);

/// The interval of renewals. A few attempts may fail.
const RENEWAL: Duration = Duration::from_secs(1);

/// The timeout of one attempt.
const ANSWER: Duration = Duration::from_secs(2);

/// The lease and its renewal.
#[derive(Debug)]
pub(crate) struct LeaseHolder {
    state: Arc<Mutex<LeaseState>>,
    lease: Lease,
    /// Dropped to end the thread that renews the lease.
    stop: Option<Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct LeaseState {
    admin: AdminClient,
    lease: Lease,
    /// The start time of the server that granted the lease.
    started: Started,
    /// The number of workers to hold.
    workers: usize,
    /// The time of the last renewal.
    renewed: Instant,
    /// The end of the lease, if it has ended.
    over: Option<Over>,
}

/// The end of a lease.
#[derive(Debug, Clone)]
enum Over {
    /// The server ended it, with its reason.
    Lost(String),
    /// The tuner ended it.
    GivenBack,
}

impl LeaseHolder {
    /// Takes the lease of a server with this start time, and keeps its number of workers.
    pub(crate) fn start(admin: Address, started: Started) -> Result<Self, LiveError> {
        let admin = AdminClient::new(admin, ANSWER);
        let workers = admin.workers()?;
        let renewed = Instant::now();
        let lease = admin.lease(workers, LEASE)?;
        let state = Arc::new(Mutex::new(LeaseState {
            admin,
            lease,
            started,
            workers,
            renewed,
            over: None,
        }));
        let mut holder = Self {
            state: Arc::clone(&state),
            lease,
            stop: None,
            thread: None,
        };
        let (stop, stopped) = bounded(0);
        let thread = thread::Builder::new().name("lease".into());
        holder.thread = Some(thread.spawn(move || renew(&state, &stopped))?);
        holder.stop = Some(stop);
        Ok(holder)
    }

    /// The number of workers without a lease.
    pub(crate) fn otherwise(&self) -> usize {
        self.lease.otherwise
    }

    /// Sets the number of workers from now on. With the present number it checks that no other program has
    /// changed it.
    pub(crate) fn hold(&self, workers: usize) -> Result<(), String> {
        lock(&self.state).hold(workers)
    }

    /// Gives the server back with this number of workers.
    pub(crate) fn leave(self, workers: usize) -> Result<(), String> {
        lock(&self.state).leave(workers)
    }
}

impl Drop for LeaseHolder {
    fn drop(&mut self) {
        self.stop = None;
        // If this fails, the lease expires.
        let _ = lock(&self.state).leave(self.lease.otherwise);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has already printed its message.
            let _ = thread.join();
        }
    }
}

/// Renews a lease until it is stopped.
fn renew(state: &Mutex<LeaseState>, stopped: &Receiver<Infallible>) {
    while stopped.recv_timeout(RENEWAL) == Err(RecvTimeoutError::Timeout) {
        let mut state = lock(state);
        let workers = state.workers;
        // The next call of `hold` reports a lease that is over. Any other error may be gone a second later.
        let _ = state.hold(workers);
    }
}

impl LeaseState {
    fn hold(&mut self, workers: usize) -> Result<(), String> {
        self.check()?;
        let now = Instant::now();
        match self.admin.renew(self.lease, workers, LEASE) {
            Ok(()) => {
                (self.workers, self.renewed) = (workers, now);
                Ok(())
            }
            Err(err) => Err(self.failed(err)),
        }
    }

    /// Ends the lease, once.
    fn leave(&mut self, workers: usize) -> Result<(), String> {
        self.check()?;
        match self.admin.end_lease(self.lease, workers) {
            Ok(()) => {
                self.over = Some(Over::GivenBack);
                Ok(())
            }
            Err(err) => Err(self.failed(err)),
        }
    }

    fn check(&self) -> Result<(), String> {
        match &self.over {
            None => Ok(()),
            Some(Over::Lost(why)) => Err(why.clone()),
            Some(Over::GivenBack) => Err("the server was given back".to_owned()),
        }
    }

    /// The message of an error. If the lease is over, the message is kept.
    fn failed(&mut self, err: AdminError) -> String {
        if !err.is_over() {
            return err.to_string();
        }
        let why = format!("{}: {err}", self.loss());
        self.over = Some(Over::Lost(why.clone()));
        why
    }

    /// The reason for the loss of the lease.
    fn loss(&self) -> &'static str {
        let status = self.admin.status();
        if status.is_ok_and(|status| Started::of(&status) != self.started) {
            RESTARTED
        } else if self.renewed.elapsed() > LEASE {
            "the lease on the workers of the server ran out, for it could not be renewed in time"
        } else {
            "another program changed the workers of the server during the tuning, and has the last word"
        }
    }
}

fn lock(state: &Mutex<LeaseState>) -> MutexGuard<'_, LeaseState> {
    // The state holds only answers of the server, so the panic of another thread leaves it valid.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin;
    use crate::admin::{AdminService, Names, Panel};
    use crate::clock::{FixedClock, Zone};
    use crate::observe::SessionLog;
    use crate::server::Server;
    use crate::service::TimeService;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    /// A server with two workers, its administration port, and the port's address.
    fn administered() -> (Arc<Server>, Server, Address) {
        let settings = admin::settings(Some("127.0.0.1:0".parse().unwrap()));
        let service = TimeService::new(FixedClock(0), Zone::Utc, 512);
        let server = Server::start(&settings, service, SessionLog::silent()).unwrap();
        let server = Arc::new(server);
        let panel = Panel::new(Arc::clone(&server), Names::OfThisMachine, 100, None, || 0);
        let admin = AdminService::new(Arc::new(panel));
        let admin = Server::start(&settings, admin, SessionLog::silent()).unwrap();
        let address = Address::from(admin.addresses()[0]);
        (server, admin, address)
    }

    fn admin(address: &Address) -> AdminClient {
        AdminClient::new(address.clone(), ANSWER)
    }

    fn holder(address: &Address) -> LeaseHolder {
        let status = admin(address).status().unwrap();
        LeaseHolder::start(address.clone(), Started::of(&status)).unwrap()
    }

    #[test]
    fn who_panics_puts_the_workers_back() {
        let (server, _admin, address) = administered();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let holder = holder(&address);
            holder.hold(7).unwrap();
            assert_eq!(server.workers(), 7);
            panic!("on purpose");
        }));
        assert!(panicked.is_err());
        assert_eq!(server.workers(), 2);
    }

    #[test]
    fn who_leaves_other_workers_than_there_were_is_not_overridden_afterwards() {
        let (server, _admin, address) = administered();
        holder(&address).leave(5).unwrap();
        assert_eq!(server.workers(), 5);
        // The lease is over.
        assert_eq!(holder(&address).otherwise(), 5);
    }

    #[test]
    fn who_has_lost_the_lease_leaves_what_somebody_else_wants() {
        let (server, _admin, address) = administered();
        let holder = holder(&address);
        holder.hold(7).unwrap();
        admin(&address).set_workers(4).unwrap();
        for _ in 0..2 {
            let why = holder.hold(8).unwrap_err();
            assert!(why.contains("has the last word"), "{why}");
        }
        drop(holder);
        assert_eq!(server.workers(), 4);
    }

    #[test]
    fn how_a_lease_was_lost_is_said_as_it_was() {
        let (_server, _admin, address) = administered();
        let lost = |address: &Address, change: fn(&mut LeaseState)| {
            let holder = holder(address);
            change(&mut lock(&holder.state));
            admin(address).set_workers(2).unwrap();
            holder.hold(3).unwrap_err()
        };
        let restarted = lost(&address, |state| state.started = Started(0));
        assert!(
            restarted.starts_with("the server was started again while"),
            "{restarted}"
        );
        let late = lost(&address, |state| state.renewed -= 2 * LEASE);
        assert!(late.contains("could not be renewed in time"), "{late}");
    }
}
