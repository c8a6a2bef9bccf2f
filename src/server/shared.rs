//! What acceptor, workers and reaper share, and how they turn a client away.

use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::access::AccessList;
use super::arrival::Arrival;
use super::clients::Clients;
use super::drain::Life;
use super::fairness::Fairness;
use super::ledger::{Class, Ledger, Outcome};
use super::linger::{self, LingeringCloses};
use super::liveness::AcceptorLiveness;
use super::queue::Queue;
use super::settings::Limits;
use super::slots::Slots;
use super::tick::CoarseClock;
use super::waker::Waker;
use crate::observe::{Counters, Course, Journal, Recent, SessionRecord};

/// What acceptor, workers and reaper share.
#[derive(Debug)]
pub(super) struct Shared {
    /// Boxed, so that a place in the queue costs no more than a pointer.
    pub(super) queue: Arc<Queue<Box<Arrival>>>,
    pub(super) slots: Slots,
    pub(super) clock: CoarseClock,
    pub(super) ledger: Ledger,
    pub(super) lingering: LingeringCloses,
    pub(super) life: Life,
    /// Wakes the acceptor.
    pub(super) acceptor: Waker,
    pub(super) acceptor_liveness: AcceptorLiveness,
    pub(super) limits: Limits,
    pub(super) journal: Journal,
    pub(super) counters: Counters,
    pub(super) access: AccessList,
    pub(super) clients: Option<Clients>,
    /// How many connections the deferred set may hold.
    pub(super) deferred_capacity: AtomicUsize,
    pub(super) fairness: Fairness,
    /// What became of the clients of the last seconds; written by the reaper.
    pub(super) recent: Mutex<Recent>,
    /// The last words to a client that is not admitted.
    pub(super) refusal: &'static [u8],
}

impl Shared {
    pub(super) fn recent(&self) -> Recent {
        *self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells a client that it will not be served, and why not to the ledger.
    pub(super) fn refuse(&self, arrival: Arrival, outcome: Outcome) {
        // Before the client knows: it may come back at once.
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

    /// Ends a connection that no worker has had. What the server ends is closed in order: something may
    /// still be on its way.
    pub(super) fn end_early(&self, arrival: Arrival, outcome: Outcome) {
        // Before the client knows: it may come back at once.
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

    /// Turns away a client that may not connect. By a reset, which leaves nothing behind: neither a
    /// descriptor that lingers nor a connection that the kernel remembers.
    pub(super) fn deny(&self, stream: TcpStream, client: SocketAddr) {
        linger::reset(stream);
        self.ledger.end(Outcome::Denied);
        self.journal.log().refused(client, Outcome::Denied.name());
    }
}
