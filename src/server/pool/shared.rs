//! The state that acceptor, workers and reaper share, and the refusal of clients.

use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::linger::{self, LingeringCloses};
use super::slots::Slots;
use crate::observe::{Counters, Course, Journal, Recent, SessionRecord};
use crate::server::clients::{AccessList, Clients, Fairness};
use crate::server::drain::Life;
use crate::server::ledger::{Class, Ledger, Outcome};
use crate::server::liveness::AcceptorLiveness;
use crate::server::queue::{Arrival, Queue};
use crate::server::settings::Limits;
use crate::server::tick::CoarseClock;
use crate::server::waker::Waker;

/// The state that acceptor, workers and reaper share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Boxed, so that a place in the queue costs no more than a pointer.
    pub(crate) queue: Arc<Queue<Box<Arrival>>>,
    pub(crate) slots: Slots,
    pub(crate) clock: CoarseClock,
    pub(crate) ledger: Ledger,
    pub(crate) lingering: LingeringCloses,
    pub(crate) life: Life,
    /// Wakes the acceptor.
    pub(crate) acceptor: Waker,
    pub(crate) acceptor_liveness: AcceptorLiveness,
    pub(crate) limits: Limits,
    pub(crate) journal: Journal,
    pub(crate) counters: Counters,
    pub(crate) access: AccessList,
    pub(crate) clients: Option<Clients>,
    /// The capacity of the deferred set.
    pub(crate) deferred_capacity: AtomicUsize,
    pub(crate) fairness: Fairness,
    /// The results of the last seconds, written by the reaper.
    pub(crate) recent: Mutex<Recent>,
    /// The bytes sent to a client that is refused.
    pub(crate) refusal: &'static [u8],
}

impl Shared {
    pub(crate) fn recent(&self) -> Recent {
        *self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses a client, and records the reason.
    pub(crate) fn refuse(&self, arrival: Arrival, outcome: Outcome) {
        // Before the client is notified, because it may reconnect at once.
        drop(arrival.share);
        self.fairness.refuse(arrival.client_use, Instant::now());
        if matches!(outcome, Outcome::QueueFull | Outcome::QueueTimeout) {
            self.journal.tell(|| SessionRecord {
                arrived: arrival.since,
                course: Course::Refused,
            });
        }
        self.lingering.refuse(arrival.stream, self.refusal);
        self.ledger.end(outcome);
        self.journal.log().refused(arrival.client, outcome.name());
    }

    /// Ends a connection that never had a worker. If the server ends it, it lingers, because input may
    /// still be on its way.
    pub(crate) fn end_early(&self, arrival: Arrival, outcome: Outcome) {
        // Before the client is notified, because it may reconnect at once.
        drop(arrival.share);
        match outcome {
            Outcome::Idle | Outcome::CommandTimeout | Outcome::Drained => {
                self.lingering.close(arrival.stream, 0);
            }
            _ => drop(arrival.stream),
        }
        self.ledger.end(outcome);
        if outcome.class() != Class::Probe {
            let log = self.journal.log();
            log.ended_early(arrival.client, outcome.name());
        }
    }

    /// Denies a client that may not connect. The reset frees everything: no lingering descriptor, and no
    /// connection state in the kernel.
    pub(crate) fn deny(&self, stream: TcpStream, client: SocketAddr) {
        linger::reset(stream);
        self.ledger.end(Outcome::Denied);
        self.journal.log().refused(client, Outcome::Denied.name());
    }
}
