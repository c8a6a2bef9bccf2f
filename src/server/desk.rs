//! The acceptor's desk: who of those that were accepted is admitted, who is refused, who is denied.

use std::io;
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::libc;
use socket2::SockRef;

use super::clients::{Enforcement, Share};
use super::ledger::Outcome;
use super::listener::Listener;
use super::queue::Entrance;
use super::waiting_room::Attention;
use super::{Arrival, Overload, Shared};

/// How long a full queue is not swept again, for each of its places: to look whether a client is still
/// there takes about a twentieth of it. Longer where nobody had left, because there is real work.
const SWEEP_PAUSE: Duration = Duration::from_micros(20);
const FUTILE_SWEEP_PAUSE: Duration = Duration::from_micros(200);

/// The most places a queue has that is swept at all, because nobody can take from it meanwhile. It cannot
/// be done piece by piece: an entry is only looked at by taking it out, and can only go back in behind all
/// others, so that nothing short of a whole turn leaves them in their order. A longer queue finds out who
/// has left as its workers come to them, who are done with each at the first read.
const SWEEP_PLACES: usize = 16_384;

/// Where accepted connections are admitted or refused.
#[derive(Debug)]
pub(super) struct Desk {
    /// The queue's only entrance; the workers hold the other end.
    entrance: Entrance<Arrival>,
    overload: Overload,
    /// What the queue needs from us.
    attention: Attention,
    /// When the queue may be swept again, once it has been.
    next_sweep: Option<Instant>,
    shared: Arc<Shared>,
}

impl Desk {
    pub(super) fn new(
        entrance: Entrance<Arrival>,
        overload: Overload,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            entrance,
            overload,
            attention: Attention::Enough,
            next_sweep: None,
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
        let since = match self.overload {
            Overload::Refuse => now,
            Overload::Wait => waiting_since(&stream, now),
        };
        let mut arrival = Arrival::new(stream, client, since);
        match self.check_limits(client, now) {
            Ok(share) => arrival.share = share,
            Err(over) => return self.shared.refuse(arrival, over),
        }
        let waited = now.saturating_duration_since(since);
        if self.shared.limits.queue.is_some_and(|limit| waited > limit) {
            // It need not take a place for that, and keep others waiting who are as late.
            return self.shared.refuse(arrival, Outcome::QueueTimeout);
        }
        let admitted = match self.entrance.admit(arrival, since, now) {
            Err(arrival) if self.sweep(now) => self.entrance.admit(arrival, since, now),
            admitted => admitted,
        };
        match admitted {
            Ok(attention) => {
                self.attention = attention;
                self.shared.counters.queue_reached(self.shared.queue.len());
            }
            Err(arrival) => self.shared.refuse(arrival, Outcome::QueueFull),
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

    /// Whether there is room for the next connection; always, if it is refused where there is none.
    pub(super) fn has_room(&mut self) -> bool {
        match self.overload {
            Overload::Refuse => true,
            Overload::Wait => self.entrance.find_place() || self.sweep(Instant::now()),
        }
    }

    /// Makes room in a full queue by taking out those who have left while they waited, unless that
    /// was done just now; whether there is room.
    fn sweep(&mut self, now: Instant) -> bool {
        let is_long = self.entrance.places() > SWEEP_PLACES;
        if is_long || self.next_sweep.is_some_and(|next| now < next) {
            return false;
        }
        let has_left = |arrival: &Arrival| parting(&arrival.stream).is_some();
        let left = self.entrance.sweep(has_left);
        let pause = if left.is_empty() {
            FUTILE_SWEEP_PAUSE
        } else {
            SWEEP_PAUSE
        };
        let places = u32::try_from(self.entrance.places()).unwrap_or(u32::MAX);
        self.next_sweep = Some(now + pause * places);
        let made_room = !left.is_empty();
        for arrival in left {
            let outcome = parting(&arrival.stream).unwrap_or(Outcome::ClientClosed);
            self.shared.ledger.end(outcome);
            self.shared
                .journal
                .log()
                .left(arrival.client, outcome.name());
        }
        made_room
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

/// Since when a client has waited, the kernel's queue included, to a few milliseconds. In that queue
/// connections stand in the order in which they were made, so whoever comes from one listener is admitted
/// in the order of this.
fn waiting_since(stream: &TcpStream, now: Instant) -> Instant {
    #[cfg(target_os = "linux")]
    let waited = super::socket_options::age(stream).unwrap_or_default();
    #[cfg(not(target_os = "linux"))]
    let waited = {
        let _ = stream;
        Duration::ZERO
    };
    now.checked_sub(waited).unwrap_or(now)
}

/// How a client that waits has left without a word, if it has. One that has said something is not gone,
/// whatever followed: who pipes a command into a connection closes it at once and still reads.
fn parting(stream: &TcpStream) -> Option<Outcome> {
    let mut byte = [MaybeUninit::uninit()];
    let flags = libc::MSG_PEEK | libc::MSG_DONTWAIT;
    match SockRef::from(stream).recv_with_flags(&mut byte, flags) {
        Ok(0) => Some(Outcome::ClientClosed),
        Ok(_) => None,
        Err(err) if err.kind() == io::ErrorKind::WouldBlock => None,
        Err(_) => Some(Outcome::Reset),
    }
}
