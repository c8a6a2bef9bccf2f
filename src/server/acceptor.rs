//! The thread that accepts connections and admits or refuses them; it never waits for a client.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::drain::Phase;
use super::ledger::Outcome;
use super::listener::{errno, stop_handshakes};
use super::queue::Entrance;
use super::{Alive, Arrival, Event, Shared};

/// Connections accepted from one listener before the next has its turn.
const TURN: usize = 64;

/// The first pause after the machine ran out of something, doubled up to the last while it lasts. A
/// bare retry would spin at a million failures a second.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LAST_PAUSE: Duration = Duration::from_millis(500);

/// How long handshakes that had begun before a drain may take to complete: a round trip to a far
/// client. On one machine they complete at once.
const HANDSHAKE_GRACE: Duration = Duration::from_millis(50);

/// Accepts on every listener until the server drains. Dropping it closes the queue.
#[derive(Debug)]
pub(super) struct Acceptor {
    /// Owned here alone, so that they close when the acceptor ends.
    pub(super) listeners: Vec<TcpListener>,
    /// Woken by the [`Waker`] that the server holds.
    pub(super) woken: PipeReader,
    /// The queue's only entrance; the workers hold the other end.
    pub(super) entrance: Entrance<Arrival>,
    pub(super) shared: Arc<Shared>,
    /// Read by whoever waits for the server.
    pub(super) events: Sender<Event>,
    /// Dropped with the acceptor; a drain waits for that.
    pub(super) _alive: Alive,
}

/// Wakes the acceptor out of its wait.
#[derive(Debug)]
pub(super) struct Waker(PipeWriter);

/// A waker, and what the acceptor waits on.
pub(super) fn waker() -> io::Result<(Waker, PipeReader)> {
    let (woken, waker) = io::pipe()?;
    Ok((Waker(waker), woken))
}

impl Waker {
    /// Wakes the acceptor; to be called a few times in a server's life, never more than a pipe holds.
    pub(super) fn wake(&self) {
        // The pipe is broken once the acceptor has ended, and then nobody needs to be woken.
        let _ = (&self.0).write_all(&[0]);
    }
}

/// How trying the listeners once ended.
enum Tried {
    /// None has a connection left.
    Emptied,
    /// At least one may have more.
    More,
    /// The machine is out of something that connections need.
    Exhausted(io::Error),
}

impl Acceptor {
    /// Ends when the server drains, or on an error that another attempt cannot mend.
    pub(super) fn run(mut self) {
        let mut pause = None;
        while self.shared.life.phase() == Phase::Running {
            let waited = self.wait(pause);
            match waited.and_then(|()| self.accept_a_turn_each()) {
                Ok(Tried::Emptied | Tried::More) => pause = None,
                Ok(Tried::Exhausted(err)) => {
                    let next = pause.map_or(FIRST_PAUSE, |last: Duration| last * 2);
                    pause = Some(next.min(LAST_PAUSE));
                    tracing::warn!(%err, ?pause, "accepting no connections for a moment");
                }
                Err(err) => {
                    // The receiver outlives this thread, or nobody waits for the server any more.
                    let _ = self.events.send(Event::AcceptFailed(err));
                    return;
                }
            }
        }
        self.finish();
    }

    /// Admits every client whose handshake began before the drain, then leaves.
    fn finish(mut self) {
        for listener in &self.listeners {
            stop_handshakes(listener);
        }
        let grace = Instant::now() + HANDSHAKE_GRACE;
        while self.shared.life.phase() != Phase::Cutting {
            match self.accept_a_turn_each() {
                Ok(Tried::More) => {}
                Ok(Tried::Emptied) => {
                    let left = grace.saturating_duration_since(Instant::now());
                    if left.is_zero() || self.wait_for_listeners(left).is_err() {
                        return;
                    }
                }
                // Nothing mends this in time; the drain goes on with what was admitted.
                Ok(Tried::Exhausted(_)) | Err(_) => return,
            }
        }
    }

    /// Waits for a connection or the waker; during a pause, for its end or the waker.
    fn wait(&mut self, pause: Option<Duration>) -> io::Result<()> {
        let waker = PollFd::new(self.woken.as_fd(), PollFlags::POLLIN);
        let mut fds = vec![waker];
        let mut timeout = PollTimeout::NONE;
        match pause {
            Some(pause) => timeout = PollTimeout::try_from(pause).unwrap_or(PollTimeout::MAX),
            None => fds.extend(self.listeners.iter().map(readable)),
        }
        poll_through_signals(&mut fds, timeout)?;
        let woken = fds.first().and_then(PollFd::any) == Some(true);
        if woken {
            // One byte a wake: what it says is in the phase.
            self.woken.read_exact(&mut [0])?;
        }
        Ok(())
    }

    fn wait_for_listeners(&self, limit: Duration) -> io::Result<()> {
        let mut fds: Vec<_> = self.listeners.iter().map(readable).collect();
        let timeout = PollTimeout::try_from(limit).unwrap_or(PollTimeout::MAX);
        poll_through_signals(&mut fds, timeout)
    }

    /// Gives every listener its turn.
    fn accept_a_turn_each(&mut self) -> io::Result<Tried> {
        let mut tried = Tried::Emptied;
        for nth in 0..self.listeners.len() {
            match self.accept_a_turn(nth)? {
                Tried::Emptied => {}
                Tried::More => tried = Tried::More,
                exhausted @ Tried::Exhausted(_) => return Ok(exhausted),
            }
        }
        Ok(tried)
    }

    fn accept_a_turn(&mut self, nth: usize) -> io::Result<Tried> {
        for _ in 0..TURN {
            let Some(listener) = self.listeners.get(nth) else {
                break;
            };
            match listener.accept() {
                Ok((stream, client)) => self.admit(stream, client),
                Err(err) => match triage(&err) {
                    Triage::Done => return Ok(Tried::Emptied),
                    Triage::Next => {}
                    Triage::Pause => return Ok(Tried::Exhausted(err)),
                    Triage::GiveUp => return Err(err),
                },
            }
        }
        Ok(Tried::More)
    }

    /// Queues a connection, or refuses it at once.
    fn admit(&mut self, stream: TcpStream, client: SocketAddr) {
        self.shared.ledger.accept();
        // Linux gives accepted sockets flags of their own; elsewhere they copy the listener's.
        #[cfg(not(target_os = "linux"))]
        let _ = stream.set_nonblocking(false);
        let accepted = Instant::now();
        let arrival = Arrival {
            stream,
            client,
            accepted,
        };
        if let Err(arrival) = self.entrance.admit(arrival, accepted) {
            self.shared.refuse(arrival, Outcome::QueueFull);
        }
    }
}

fn readable(listener: &TcpListener) -> PollFd<'_> {
    PollFd::new(listener.as_fd(), PollFlags::POLLIN)
}

fn poll_through_signals(fds: &mut [PollFd<'_>], timeout: PollTimeout) -> io::Result<()> {
    match poll(fds, timeout) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(err) => Err(err.into()),
    }
}

/// What an error from accept asks for.
#[derive(Debug, PartialEq, Eq)]
enum Triage {
    /// Nothing is waiting.
    Done,
    /// This connection is lost, the next may be fine.
    Next,
    /// The machine is out of something; try again later.
    Pause,
    /// The listener is unusable.
    GiveUp,
}

fn triage(err: &io::Error) -> Triage {
    match errno(err) {
        Some(Errno::EAGAIN) => Triage::Done,
        // Errors of the network are reported for the connection that had them: accept(2).
        Some(
            Errno::ECONNABORTED
            | Errno::EINTR
            | Errno::EPROTO
            | Errno::EPERM
            | Errno::ENOPROTOOPT
            | Errno::ENETDOWN
            | Errno::ENETUNREACH
            | Errno::EHOSTDOWN
            | Errno::EHOSTUNREACH
            | Errno::ETIMEDOUT,
        ) => Triage::Next,
        Some(Errno::EMFILE | Errno::ENFILE | Errno::ENOBUFS | Errno::ENOMEM) => Triage::Pause,
        _ => Triage::GiveUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_accept_error_has_its_designed_path() {
        let triage = |errno: Errno| super::triage(&io::Error::from(errno));
        assert_eq!(triage(Errno::EAGAIN), Triage::Done);
        assert_eq!(triage(Errno::ECONNABORTED), Triage::Next);
        assert_eq!(triage(Errno::EMFILE), Triage::Pause);
        assert_eq!(triage(Errno::ENFILE), Triage::Pause);
        assert_eq!(triage(Errno::ENOBUFS), Triage::Pause);
        assert_eq!(triage(Errno::ENOMEM), Triage::Pause);
        assert_eq!(triage(Errno::EBADF), Triage::GiveUp);
        assert_eq!(triage(Errno::EINVAL), Triage::GiveUp);
    }
}
