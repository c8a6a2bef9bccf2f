//! Lingering closes: refusing a client, and closing so that its last reply is not destroyed.
//!
//! A close with unread input makes the kernel send a reset, and a reset can destroy a reply that the
//! client has not read yet. So the server ends its own side, and the connection lingers here: what
//! the client still sends is read and discarded, until the client closes too or the limits of bytes
//! and time are reached. Nobody waits for it: workers and acceptor hand it over and go on, and the
//! reaper makes the rounds.

use std::collections::VecDeque;
use std::io;
use std::mem::{self, MaybeUninit};
use std::net::{Shutdown, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::libc;
use socket2::SockRef;

/// Connections that may linger at once; one more, and the oldest is closed as it is. Each holds a
/// descriptor, so this is part of the descriptor budget.
pub(super) const LINGERING_MAX: usize = 1024;

/// How long a connection lingers for a client that does not close: long enough for the last reply
/// to cross any ordinary network and be read.
pub(super) const LINGER: Duration = Duration::from_secs(1);

/// What one lingering client may still send before it is closed as it is: 16 MiB.
const LINGER_BYTES: usize = 16 << 20;

/// What one round may discard from all clients together, so that the reaper's other duties are not
/// late because somebody floods: 4 MiB.
const ROUND_BYTES: usize = 4 << 20;

/// The connections that linger, the oldest first.
#[derive(Debug, Default)]
pub(super) struct LingeringCloses {
    lingering: Mutex<VecDeque<Lingering>>,
}

#[derive(Debug)]
struct Lingering {
    stream: TcpStream,
    since: Instant,
    discarded: usize,
}

impl LingeringCloses {
    /// Tells a client that it is not admitted, and closes; never blocks.
    pub(super) fn refuse(&self, stream: TcpStream, words: &[u8]) {
        let _ = discard(&stream, &mut [MaybeUninit::uninit(); 1024]);
        // A fresh connection has room for one line; a client that is gone needs no answer.
        let _ = SockRef::from(&stream).send_with_flags(words, libc::MSG_DONTWAIT);
        self.close(stream);
    }

    /// Ends the server's side and lets the connection linger until the client's end.
    pub(super) fn close(&self, stream: TcpStream) {
        if stream.shutdown(Shutdown::Write).is_err() {
            // Reset by the client: there is nobody left to linger for.
            return;
        }
        let mut lingering = self.lock();
        if lingering.len() >= LINGERING_MAX {
            lingering.pop_front();
        }
        lingering.push_back(Lingering {
            stream,
            since: Instant::now(),
            discarded: 0,
        });
    }

    /// Discards what clients still send and closes what has come to its end.
    pub(super) fn make_round(&self, now: Instant, scratch: &mut [MaybeUninit<u8>]) {
        let mut budget = ROUND_BYTES;
        // Out of the lock, so that nobody who closes a connection waits for all the others.
        let mut lingering = mem::take(&mut *self.lock());
        lingering.retain_mut(|connection| {
            let young = now.saturating_duration_since(connection.since) < LINGER;
            young && connection.discard(&mut budget, scratch) && connection.discarded < LINGER_BYTES
        });
        let mut newcomers = self.lock();
        lingering.append(&mut newcomers);
        let surplus = lingering.len().saturating_sub(LINGERING_MAX);
        lingering.drain(..surplus);
        *newcomers = lingering;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Lingering>> {
        // Nothing panics while this lock is held; poisoned or not, the list is whole.
        self.lingering
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lingering {
    /// Discards what has arrived, within the budget; `false` once the client has closed.
    fn discard(&mut self, budget: &mut usize, scratch: &mut [MaybeUninit<u8>]) -> bool {
        while *budget > 0 {
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
}

/// Closes with a reset: what the client has not taken is thrown away.
pub(super) fn reset(stream: TcpStream) {
    // Failing that, the kernel gives up on its own after some minutes.
    let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
}

/// Takes what has arrived, without waiting for it, and forgets it.
fn discard(stream: &TcpStream, scratch: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
    SockRef::from(stream).recv_with_flags(scratch, libc::MSG_DONTWAIT)
}
