//! The acceptor's desk: who of those that were accepted is admitted, who is refused, who is denied.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Instant;

use super::clients::{Enforcement, Share};
use super::ledger::Outcome;
use super::listener::Listener;
use super::queue::Entrance;
use super::waiting_room::Attention;
use super::{Arrival, Shared};

/// Where accepted connections are admitted or refused.
#[derive(Debug)]
pub(super) struct Desk {
    /// The queue's only entrance; the workers hold the other end.
    entrance: Entrance<Box<Arrival>>,
    /// What the queue needs from us.
    attention: Attention,
    shared: Arc<Shared>,
}

impl Desk {
    pub(super) fn new(entrance: Entrance<Box<Arrival>>, shared: Arc<Shared>) -> Self {
        Self {
            entrance,
            attention: Attention::Enough,
            shared,
        }
    }

    /// Queues a connection, or refuses it at once, with or without a word.
    pub(super) fn admit(&mut self, stream: TcpStream, client: SocketAddr) {
        self.shared.ledger.accept();
        if !self.shared.access.allows(client.ip()) {
            return self.shared.deny(stream, client);
        }
        // Linux gives accepted sockets flags of their own; elsewhere they copy the listener's.
        #[cfg(not(target_os = "linux"))]
        let _ = stream.set_nonblocking(false);
        let now = Instant::now();
        let mut arrival = Arrival::new(stream, client, now);
        match self.check_limits(client, now) {
            Ok(share) => arrival.share = share,
            Err(over) => return self.shared.refuse(arrival, over),
        }
        match self.entrance.admit(Box::new(arrival), now) {
            Ok(attention) => self.attention = attention,
            Err(arrival) => self.shared.refuse(*arrival, Outcome::QueueFull),
        }
    }

    /// Takes a share of the sessions its client may have, or says which of its limits is in the way.
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

    /// What the queue needs from the acceptor.
    pub(super) fn attention(&self) -> Attention {
        self.attention
    }

    /// Sees to what was left to itself.
    pub(super) fn attend(&mut self, now: Instant) {
        self.attention = self.entrance.attend(now);
    }

    /// Refuses everybody whom the kernel still holds for a listener, at most so many.
    pub(super) fn refuse_the_rest(&self, listener: &Listener, most: usize) {
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
