//! Admission: the checks that admit, refuse, deny or defer each accepted connection.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use mio::Registry;

use super::deferred::Deferred;
use super::first_command::{FirstCommand, Received};
use super::listener::Listener;
use crate::server::clients::{Enforcement, Share};
use crate::server::ledger::Outcome;
use crate::server::pool::Shared;
use crate::server::queue::{Arrival, Entrance, WAKE_DELAY, Wakeup};
use crate::server::settings::Limits;

/// The admission state of the acceptor: the queue's entrance and the deferred set.
#[derive(Debug)]
pub(crate) struct Admission {
    /// The queue's only entrance; the workers hold the other end.
    entrance: Entrance<Box<Arrival>>,
    /// The next wakeup that the queue needs from the acceptor.
    wakeup: Wakeup,
    first_command: FirstCommand,
    /// Connections without a complete first command.
    deferred: Deferred,
    shared: Arc<Shared>,
}

impl Admission {
    pub(crate) fn new(
        entrance: Entrance<Box<Arrival>>,
        first_command: FirstCommand,
        deferred: Deferred,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            entrance,
            wakeup: Wakeup::Enough,
            first_command,
            deferred,
            shared,
        }
    }

    /// A registry to poll: readable while a deferred connection is.
    pub(crate) fn readiness(&self) -> io::Result<Registry> {
        self.deferred.readiness()
    }

    /// Queues a connection with a complete first command and defers one without it. Otherwise refuses,
    /// denies or ends it.
    pub(crate) fn admit(&mut self, stream: TcpStream, client: SocketAddr) {
        self.shared.ledger.accept();
        if !self.shared.access.allows(client.ip()) {
            return self.shared.deny(stream, client);
        }
        // On Linux accepted sockets have fresh flags; on other systems they copy the listener's.
        #[cfg(not(target_os = "linux"))]
        let _ = stream.set_nonblocking(false);
        let now = Instant::now();
        let mut arrival = Box::new(Arrival::new(stream, client, now));
        match self.check_limits(client, now) {
            Ok(share) => arrival.share = share,
            Err(over) => return self.shared.refuse(*arrival, over),
        }
        match self.first_command.receive(&mut arrival) {
            Received::Work => self.enqueue(arrival, now),
            Received::Partial | Received::Nothing => self.defer(arrival, now),
            Received::End(outcome) => self.shared.end_early(*arrival, outcome),
        }
    }

    /// Takes a share of the client's allowed sessions, or returns the limit that the client exceeds.
    fn check_limits(&self, client: SocketAddr, now: Instant) -> Result<Option<Share>, Outcome> {
        let Some(clients) = &self.shared.clients else {
            return Ok(None);
        };
        clients.admit(client.ip(), now).or_else(|over| {
            if clients.enforcement() == Enforcement::Refuse {
                return Err(over);
            }
            clients.spare(over);
            self.shared.journal.log().spared(client, over.name());
            Ok(None)
        })
    }

    fn enqueue(&mut self, mut arrival: Box<Arrival>, now: Instant) {
        arrival.since = now;
        let client = self.shared.fairness.ask(arrival.client.ip(), now);
        arrival.client_use = client;
        let refused = match self.entrance.admit(arrival, client, now) {
            Ok(admitted) => {
                self.wakeup = admitted.wakeup;
                admitted.displaced
            }
            Err(arrival) => Some(arrival),
        };
        if let Some(arrival) = refused {
            self.shared.refuse(*arrival, Outcome::QueueFull);
        }
    }

    fn defer(&mut self, arrival: Box<Arrival>, now: Instant) {
        self.make_room_for_deferred(1);
        let deadline = deadline(&self.shared.limits, &arrival, now);
        if let Err(arrival) = self.deferred.hold(arrival, deadline) {
            self.shared.end_early(*arrival, Outcome::Io);
        }
        self.publish_deferred();
    }

    /// Evicts deferred connections until `more` fit. The capacity may have dropped, because added workers
    /// need descriptors.
    pub(crate) fn make_room_for_deferred(&mut self, more: usize) {
        let most = self.shared.deferred_capacity.load(Ordering::Relaxed);
        while self.deferred.len() + more > most.max(1)
            && let Some(evicted) = self.deferred.evict()
        {
            self.shared.end_early(*evicted, Outcome::Evicted);
        }
    }

    /// Receives on the deferred connections that have become readable.
    ///
    /// # Errors
    ///
    /// The kernel's error.
    pub(crate) fn receive_deferred(&mut self) -> io::Result<()> {
        let now = Instant::now();
        for number in self.deferred.readable()? {
            self.receive_one_deferred(number, now);
        }
        self.publish_deferred();
        Ok(())
    }

    fn receive_one_deferred(&mut self, number: usize, now: Instant) {
        let Some(arrival) = self.deferred.get_mut(number) else {
            return;
        };
        let was_silent = arrival.received.is_empty();
        // The poll set is edge-triggered, so this reads all bytes and also an end of stream behind them.
        let received = loop {
            match self.first_command.receive(arrival) {
                Received::Partial => {}
                received => break received,
            }
        };
        match received {
            Received::Partial | Received::Nothing => {
                if was_silent && !arrival.received.is_empty() {
                    let deadline = deadline(&self.shared.limits, arrival, now);
                    self.deferred.set_deadline(number, deadline);
                }
            }
            Received::Work => {
                if let Some(arrival) = self.deferred.release(number) {
                    self.enqueue(arrival, now);
                }
            }
            Received::End(outcome) => {
                if let Some(arrival) = self.deferred.release(number) {
                    self.shared.end_early(*arrival, outcome);
                }
            }
        }
    }

    /// The longest time that the acceptor may poll.
    pub(crate) fn time_left(&self) -> Option<Duration> {
        match self.wakeup {
            Wakeup::Soon => Some(WAKE_DELAY),
            Wakeup::Enough => {
                let deadline = self.deferred.next_deadline()?;
                Some(deadline.saturating_duration_since(Instant::now()))
            }
        }
    }

    /// Lets the queue check entries for which no worker was woken yet.
    pub(crate) fn attend(&mut self) {
        if self.wakeup == Wakeup::Soon {
            self.wakeup = self.entrance.attend(Instant::now());
        }
    }

    /// Ends the deferred connections past their deadline.
    pub(crate) fn expire_deferred(&mut self) {
        if self.deferred.next_deadline().is_none() {
            return;
        }
        let now = Instant::now();
        while let Some(arrival) = self.deferred.expire(now) {
            let outcome = if arrival.received.is_empty() {
                Outcome::Idle
            } else {
                Outcome::CommandTimeout
            };
            self.shared.end_early(*arrival, outcome);
            self.publish_deferred();
        }
    }

    /// Receives once more on every deferred connection. Closes those that still lack a complete first
    /// command.
    pub(crate) fn end_deferred(&mut self) {
        let now = Instant::now();
        for number in self.deferred.numbers() {
            self.receive_one_deferred(number, now);
            if let Some(arrival) = self.deferred.release(number) {
                self.shared.end_early(*arrival, Outcome::Drained);
            }
        }
        self.publish_deferred();
    }

    fn publish_deferred(&self) {
        self.shared.counters.set_deferred(self.deferred.len());
    }

    /// Refuses the connections in a listener's backlog, at most `most` of them.
    pub(crate) fn refuse_the_rest(&self, listener: &Listener, most: usize) {
        for _ in 0..most {
            match listener.accept() {
                Ok((stream, client)) => self.refuse_at_the_end(stream, client),
                Err(err) => match err.kind() {
                    io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted => {}
                    _ => return,
                },
            }
        }
    }

    fn refuse_at_the_end(&self, stream: TcpStream, client: SocketAddr) {
        self.shared.ledger.accept();
        if self.shared.access.allows(client.ip()) {
            let arrival = Arrival::new(stream, client, Instant::now());
            self.shared.refuse(arrival, Outcome::DrainTimeout);
        } else {
            self.shared.deny(stream, client);
        }
    }
}

/// The deadline of a deferred connection. The idle timeout limits its silence, and the command timeout
/// limits its first command.
fn deadline(limits: &Limits, arrival: &Arrival, now: Instant) -> Option<Instant> {
    let limit = if arrival.received.is_empty() {
        limits.idle
    } else {
        limits.command
    };
    limit.and_then(|limit| now.checked_add(limit))
}
