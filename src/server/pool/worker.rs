//! The loop of one worker: takes sessions from the queue and serves each to its end.

use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use super::linger;
use super::session::{Buffers, Closing, Ending, Session, Stopwatch};
use super::shared::Shared;
use super::slot::{Slot, Visit};
use crate::observe::{self, Course, SessionRecord};
use crate::server::event::Alive;
use crate::server::ledger::{Class, Outcome};
use crate::server::queue::{Arrival, Parker, Taken};
use crate::server::service::{Responder, Service};

/// The state of one worker.
#[derive(Debug)]
pub(crate) struct Worker<R> {
    /// The worker's number in logs, counted from 1.
    number: usize,
    /// Shared with the reaper, which observes it.
    slot: Arc<Slot>,
    shared: Arc<Shared>,
    buffers: Buffers,
    responder: R,
    stopwatch: Stopwatch,
    /// Dropped with the worker; when the last is dropped, the reaper knows that all have ended.
    _alive: Alive,
}

impl<R: Responder> Worker<R> {
    pub(crate) fn new<S: Service<Responder = R>>(
        number: usize,
        service: &S,
        slot: Arc<Slot>,
        shared: Arc<Shared>,
        alive: Alive,
    ) -> Self {
        Self {
            number,
            slot,
            shared,
            buffers: Buffers::new(service.longest_command()),
            responder: service.responder(),
            stopwatch: Stopwatch::default(),
            _alive: alive,
        }
    }

    /// Serves until the worker is surplus, or the queue is closed and empty.
    pub(crate) fn run(mut self) {
        let parker = Parker::of_this_thread();
        let shared = Arc::clone(&self.shared);
        while let Some(taken) = shared.queue.take(&parker) {
            match taken {
                Taken::InTime(arrival, now) => self.serve(*arrival, now),
                Taken::Late(arrival) => shared.refuse(*arrival, Outcome::QueueTimeout),
            }
        }
        self.slot.leave();
    }

    fn serve(&mut self, arrival: Arrival, began: Instant) {
        let shared = Arc::clone(&self.shared);
        let (client, arrived) = (arrival.client, arrival.since);
        let waited = began.saturating_duration_since(arrived);
        let log = shared.journal.log();
        let counters = shared.counters.shard(self.number);
        let sampled = log.session_started(client, self.number, waited);
        counters.session_began(waited);
        let stream = Arc::new(arrival.stream);

        let visit = Visit {
            client,
            arrived,
            waited,
            client_seconds: arrival.client_use.seconds,
        };
        self.slot.begin(&stream, visit, shared.clock.now());
        let Ending { outcome, closing } = self.converse(&stream, &arrival.received);
        let charged = self.slot.end(shared.clock.now());
        let ended = Instant::now();
        let lasted = ended.saturating_duration_since(began);
        // Before the client can see the end, because it may reconnect at once.
        drop(arrival.share);
        let uncharged = lasted.saturating_sub(charged);
        (shared.fairness).end(arrival.client_use, uncharged, outcome, ended);

        shared.ledger.end(outcome);
        let commands = self.slot.commands();
        counters.session_ended(lasted, commands);
        shared.journal.tell(|| SessionRecord {
            arrived,
            course: Course::Served {
                worker: self.number,
                number: self.slot.session(),
                waited,
                lasted,
            },
        });
        let ended = match outcome.class() {
            Class::Failed => observe::Ending::Failed(outcome.name()),
            Class::Served | Class::Refused | Class::Probe => {
                observe::Ending::InOrder(outcome.name())
            }
            Class::Closed => observe::Ending::Closed(outcome.name()),
        };
        log.session_ended(sampled, client, self.number, (commands, lasted), ended);
        let written = self.buffers.written();
        // The slot has released the connection, so this is the last handle.
        if let Some(stream) = Arc::into_inner(stream) {
            match closing {
                Closing::AtOnce => shared.lingering.close_at_once(stream, written),
                Closing::Linger => shared.lingering.close(stream, written),
                Closing::Reset => linger::reset(stream),
            }
        }
    }

    /// Runs the session. A panic in the service ends only this session. It must not unwind further, because
    /// the pool would replace the thread but not this loop.
    fn converse(&mut self, stream: &TcpStream, received: &[u8]) -> Ending {
        self.buffers.reset(received);
        let session = Session {
            stream,
            slot: &self.slot,
            clock: &self.shared.clock,
            life: &self.shared.life,
            queue: &self.shared.queue,
            buffers: &mut self.buffers,
            responder: &mut self.responder,
            stopwatch: &mut self.stopwatch,
            counters: self.shared.counters.shard(self.number),
        };
        // Unwind safe: the buffers are reset before their next use, and a responder holds no state of a
        // session.
        catch_unwind(AssertUnwindSafe(|| session.run())).unwrap_or(Ending {
            outcome: Outcome::Panicked,
            closing: Closing::Linger,
        })
    }
}
