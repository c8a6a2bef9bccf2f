//! Lingering closes: refusals and closes that do not destroy the client's last reply.
//!
//! A close with unread input makes the kernel send a reset, which can destroy a reply that the client has
//! not read yet. So the server ends its own side, and the connection lingers here. The client's further
//! input is discarded, until the client closes too or a limit of bytes or time is reached. Workers and
//! acceptor hand connections over and continue; the reaper does the rounds.
//!
//! A plain close leaves unsent replies to the kernel, which keeps them for minutes, outside every limit. So
//! a connection stays here until its client has taken its replies. The total memory is limited: beyond it
//! the slowest connection is reset.

use std::collections::VecDeque;
use std::io;
use std::mem::{self, MaybeUninit};
use std::net::{Shutdown, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::libc;
use socket2::SockRef;

use crate::server::settings::{LINGERING_MAX, Settings};

/// The time that a connection lingers for a client that does not close. It is long enough for the last
/// reply to cross any ordinary network.
pub(crate) const LINGER: Duration = Duration::from_secs(1);

/// The bytes that one lingering client may still send before it is closed: 16 MiB.
const LINGER_BYTES: usize = 16 << 20;

/// The bytes that one round may discard for all clients, so that a flood does not delay the reaper: 4 MiB.
const ROUND_BYTES: usize = 4 << 20;

/// Reply bytes that any client's kernel takes before the client reads; Linux's smallest receive buffer has
/// room for them. A session with no more is closed without checking for unsent replies.
const TAKEN_AT_ONCE: u64 = 1024;

/// The connections that linger, the oldest first.
#[derive(Debug)]
pub(crate) struct LingeringCloses {
    lingering: Mutex<VecDeque<Lingering>>,
    /// The limit of kernel memory for all of them, in bytes.
    memory: u64,
    /// The longest time in which a client may take nothing.
    stalled: Option<Duration>,
}

#[derive(Debug)]
struct Lingering {
    stream: TcpStream,
    since: Instant,
    discarded: usize,
    /// Bytes that were written to the connection.
    written: u64,
    /// Bytes of these that the client has not taken; 0 if few were written.
    unsent: u64,
    /// The value of `unsent` when the close began.
    unsent_at_first: u64,
    /// Bytes of kernel memory held for the unsent bytes.
    held: u64,
    /// The last time the client took some bytes.
    progress: Instant,
}

impl LingeringCloses {
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            lingering: Mutex::default(),
            memory: u64::try_from(settings.closing_memory).unwrap_or(u64::MAX),
            stalled: settings.limits.write,
        }
    }

    /// Sends the refusal to a client that is not admitted, and closes; never blocks.
    pub(crate) fn refuse(&self, stream: TcpStream, words: &[u8]) {
        let _ = discard(&stream, &mut [MaybeUninit::uninit(); 1024]);
        // The send buffer of a new connection has space for one line; a disconnected client needs no
        // answer.
        let _ = SockRef::from(&stream).send_with_flags(words, libc::MSG_DONTWAIT);
        self.close(stream, 0);
    }

    /// Closes a connection without unread input, to which `written` bytes were sent. It lingers only if the
    /// client has still to take some of them.
    pub(crate) fn close_at_once(&self, stream: TcpStream, written: u64) {
        if unsent(&stream, written) > 0 {
            self.close(stream, written);
        }
    }

    /// Ends the server's side and lets the connection linger until the client closes.
    pub(crate) fn close(&self, stream: TcpStream, written: u64) {
        if stream.shutdown(Shutdown::Write).is_err() {
            // The client has reset the connection, so lingering has no use.
            return;
        }
        let (now, unsent) = (Instant::now(), unsent(&stream, written));
        let held = held(&stream, unsent);
        let mut lingering = self.lock();
        make_room(&mut lingering, LINGERING_MAX - 1);
        lingering.push_back(Lingering {
            stream,
            since: now,
            discarded: 0,
            written,
            unsent,
            unsent_at_first: unsent,
            held,
            progress: now,
        });
        if unsent > 0 {
            self.shed(&mut lingering, now);
        }
    }

    /// Discards the clients' input and closes connections that have lingered enough.
    pub(crate) fn make_round(&self, now: Instant, scratch: &mut [MaybeUninit<u8>]) {
        let mut budget = ROUND_BYTES;
        // The list is taken out of the lock, so that a closing thread does not wait for the whole round.
        let mut lingering = mem::take(&mut *self.lock());
        for mut connection in mem::take(&mut lingering) {
            if connection.goes_on(now, self.stalled, &mut budget, scratch) {
                lingering.push_back(connection);
            } else {
                connection.end();
            }
        }
        let mut newcomers = self.lock();
        lingering.append(&mut newcomers);
        make_room(&mut lingering, LINGERING_MAX);
        self.shed(&mut lingering, now);
        *newcomers = lingering;
    }

    /// Whether a drain has nothing to wait for here. Slow clients get their remaining replies from the
    /// kernel after the process has ended.
    pub(crate) fn is_empty(&self, now: Instant) -> bool {
        let is_old = |it: &Lingering| now.saturating_duration_since(it.since) >= LINGER;
        self.lock().iter().all(is_old)
    }

    /// Resets the slowest connections until the rest is within the memory limit.
    fn shed(&self, lingering: &mut VecDeque<Lingering>, now: Instant) {
        let mut held: u64 = lingering.iter().map(|it| it.held).sum();
        while held > self.memory {
            let holding = lingering.iter().enumerate().filter(|(_, it)| it.unsent > 0);
            let slowest = holding.min_by(|(_, one), (_, other)| {
                let by_rate = one.rate(now).total_cmp(&other.rate(now));
                by_rate.then(one.since.cmp(&other.since))
            });
            let Some((index, _)) = slowest else { return };
            let Some(slowest) = lingering.remove(index) else {
                return;
            };
            held = held.saturating_sub(slowest.held);
            slowest.end();
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Lingering>> {
        // No code panics while it holds this lock, so a poisoned list is still valid.
        self.lingering
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes connections down to `most`, the oldest first of those whose client has taken all replies.
fn make_room(lingering: &mut VecDeque<Lingering>, most: usize) {
    while lingering.len() > most {
        let index = lingering.iter().position(|it| it.unsent == 0).unwrap_or(0);
        if let Some(oldest) = lingering.remove(index) {
            oldest.end();
        }
    }
}

impl Lingering {
    /// Whether the connection has to linger further.
    fn goes_on(
        &mut self,
        now: Instant,
        stalled: Option<Duration>,
        budget: &mut usize,
        scratch: &mut [MaybeUninit<u8>],
    ) -> bool {
        let is_open = self.discard(budget, scratch) && self.discarded < LINGER_BYTES;
        let is_young = now.saturating_duration_since(self.since) < LINGER;
        if self.unsent > 0 {
            let unsent = unsent(&self.stream, self.written);
            if unsent < self.unsent {
                self.progress = now;
            }
            self.unsent = unsent;
            self.held = held(&self.stream, unsent);
        }
        let taken_nothing_for = now.saturating_duration_since(self.progress);
        let is_taking = self.unsent > 0 && stalled.is_none_or(|limit| taken_nothing_for < limit);
        is_taking || is_young && is_open
    }

    /// Discards received input, within the round's budget and the client's limit. Returns `false` once the
    /// client has closed.
    fn discard(&mut self, budget: &mut usize, scratch: &mut [MaybeUninit<u8>]) -> bool {
        while *budget > 0 && self.discarded < LINGER_BYTES {
            match discard(&self.stream, scratch) {
                Ok(0) => return false,
                Ok(bytes) => {
                    self.discarded += bytes;
                    *budget = budget.saturating_sub(bytes);
                }
                Err(err) => return err.kind() == io::ErrorKind::WouldBlock,
            }
        }
        true
    }

    /// The bytes a second that the client takes. A connection not yet observed counts as infinitely fast.
    #[expect(clippy::cast_precision_loss, reason = "rates are only compared")]
    fn rate(&self, now: Instant) -> f64 {
        let watched = now.saturating_duration_since(self.since);
        if watched.is_zero() {
            return f64::INFINITY;
        }
        let taken = self.unsent_at_first.saturating_sub(self.unsent);
        taken as f64 / watched.as_secs_f64()
    }

    /// Closes the connection, with a reset if the client has not taken everything. Then the kernel keeps no
    /// data.
    fn end(self) {
        if self.unsent > 0 {
            reset(self.stream);
        }
    }
}

/// Closes with a reset, which discards untaken replies.
pub(crate) fn reset(stream: TcpStream) {
    // If this fails, the kernel gives up by itself after some minutes.
    let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
}

/// The number of `written` bytes that the client has not taken; 0 without a check if few were written.
fn unsent(stream: &TcpStream, written: u64) -> u64 {
    if written <= TAKEN_AT_ONCE {
        return 0;
    }
    #[cfg(target_os = "linux")]
    let unsent = crate::server::socket_options::unsent(stream, written).unwrap_or(0);
    #[cfg(not(target_os = "linux"))]
    let unsent = {
        let _ = stream;
        0
    };
    unsent
}

/// The bytes of kernel memory held for `unsent` bytes.
fn held(stream: &TcpStream, unsent: u64) -> u64 {
    if unsent == 0 {
        return 0;
    }
    #[cfg(target_os = "linux")]
    let held = crate::server::socket_options::send_memory(stream).unwrap_or(unsent * 2);
    #[cfg(not(target_os = "linux"))]
    let held = {
        let _ = stream;
        unsent * 2
    };
    held
}

/// Reads received input without waiting, and discards it.
fn discard(stream: &TcpStream, scratch: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
    SockRef::from(stream).recv_with_flags(scratch, libc::MSG_DONTWAIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::TcpListener;

    /// A connection with this many unsent bytes, and its client.
    fn lingering(unsent: u64) -> (Lingering, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().unwrap();
        let now = Instant::now();
        let lingering = Lingering {
            stream,
            since: now,
            discarded: 0,
            written: unsent,
            unsent,
            unsent_at_first: unsent,
            held: unsent,
            progress: now,
        };
        (lingering, client)
    }

    #[test]
    fn of_too_many_the_oldest_is_closed_whose_client_has_taken_everything() {
        let bytes = [5, 0, 7, 0, 9];
        let (lingering, _clients): (VecDeque<_>, Vec<_>) = bytes.map(lingering).into_iter().unzip();
        let mut lingering = lingering;
        let left = |lingering: &VecDeque<Lingering>| -> Vec<u64> {
            lingering.iter().map(|it| it.unsent).collect()
        };
        make_room(&mut lingering, 4);
        assert_eq!(left(&lingering), [5, 7, 0, 9]);
        make_room(&mut lingering, 2);
        assert_eq!(left(&lingering), [7, 9], "the rest is of the oldest");
    }

    #[test]
    fn of_one_client_no_more_is_discarded_than_it_may_send() {
        let (mut lingering, mut client) = lingering(5);
        client.write_all(&[0; 4096]).unwrap();
        lingering.discarded = LINGER_BYTES - 1000;
        let mut scratch = [MaybeUninit::uninit(); 600];
        let mut budget = usize::MAX;
        assert!(lingering.discard(&mut budget, &mut scratch));
        assert_eq!(lingering.discarded, LINGER_BYTES + 200);
        assert!(lingering.discard(&mut budget, &mut scratch));
        assert_eq!(lingering.discarded, LINGER_BYTES + 200);
    }
}
