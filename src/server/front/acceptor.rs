//! The acceptor thread: accepts connections and hands them to admission without waiting for any client.

use std::io::{self, PipeReader, Read};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use mio::Registry;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::admission::Admission;
use super::listener::{Listener, errno, stop_handshakes};
use crate::server::drain::Phase;
use crate::server::event::{Alive, Event};
use crate::server::pool::Shared;

/// The first pause after the machine ran out of a resource. It doubles up to the last pause while the
/// shortage lasts. A bare retry would spin at a million failures a second.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LAST_PAUSE: Duration = Duration::from_millis(500);

/// The time in which handshakes that began before a drain may complete: a round trip to a far client. On
/// the loopback they complete at once.
const HANDSHAKE_GRACE: Duration = Duration::from_millis(50);

/// The most connections that a kernel's backlog holds.
const MOST_BACKLOG: usize = 65_535;

/// Accepts on every listener until the server drains. Dropping it closes the queue.
#[derive(Debug)]
pub(crate) struct Acceptor {
    /// The only strong references, so that the listeners close when the acceptor ends.
    pub(crate) listeners: Vec<Arc<Listener>>,
    /// Readable when the server's [`Waker`] was used.
    pub(crate) woken: PipeReader,
    /// Readable while a deferred connection is.
    pub(crate) readiness: Registry,
    pub(crate) admission: Admission,
    pub(crate) shared: Arc<Shared>,
    /// Read by the thread that waits for the server.
    pub(crate) events: Sender<Event>,
    /// Dropped with the acceptor; a drain waits for that.
    pub(crate) _alive: Alive,
}

impl Acceptor {
    /// Ends when the server drains, or on an error that a retry cannot correct.
    pub(crate) fn run(mut self) {
        match self.accept_until_drain() {
            Ok(()) => self.finish(),
            Err(err) => {
                self.admission.end_deferred();
                // Sending fails only if the receiver is gone, and then no thread waits for the server.
                drop(self.events.send(Event::AcceptFailed(err)));
            }
        }
        self.shared.acceptor_liveness.leave();
    }

    fn accept_until_drain(&mut self) -> io::Result<()> {
        let mut fds = vec![readable(&self.woken), readable(&self.readiness)];
        fds.extend(self.listeners.iter().map(|it| readable(&**it)));
        let mut pause = None;
        while self.shared.life.phase() < Phase::Draining {
            poll_for(&mut fds, self.admission.time_left())?;
            answer_the_waker(&self.shared, &self.woken, &fds)?;
            if fds.get(1).is_some_and(has_arrived) {
                self.admission.receive_deferred()?;
            }
            self.admission.expire_deferred();
            let polled = fds.get(2..).unwrap_or_default();
            if !polled.iter().any(has_arrived) {
                self.admission.attend();
                continue;
            }
            match accept_one_each(&mut self.admission, &self.listeners, polled)? {
                Tried::Accepted => pause = None,
                Tried::Exhausted(err) => {
                    let next = pause.map_or(FIRST_PAUSE, |last: Duration| last * 2);
                    let next = next.min(LAST_PAUSE);
                    tracing::warn!(%err, pause = ?next, "accept paused");
                    pause = Some(next);
                    self.shared.counters.accept_pauses(next);
                    self.admission.make_room_for_deferred(0);
                    pause_accepting(fds.get_mut(..2).unwrap_or_default(), next)?;
                }
            }
        }
        Ok(())
    }

    /// Admits every client that the kernel had connected before the drain. Closes connections that then
    /// still lack a complete first command.
    fn finish(&mut self) {
        self.admit_the_rest();
        self.admission.end_deferred();
    }

    fn admit_the_rest(&mut self) {
        // Passed listeners stay open in the parent process; their waiting clients are left to the
        // successor.
        self.listeners.retain(|listener| listener.is_own());
        if self.listeners.is_empty() {
            return;
        }
        for listener in &self.listeners {
            stop_handshakes(listener);
        }
        let mut fds = vec![readable(&self.woken)];
        fds.extend(self.listeners.iter().map(|it| readable(&**it)));
        let grace = Instant::now() + HANDSHAKE_GRACE;
        // Where handshakes cannot be stopped, the number of rounds is limited to what a backlog holds.
        for _ in 0..MOST_BACKLOG {
            if self.shared.life.phase() == Phase::Cutting {
                for listener in &self.listeners {
                    self.admission.refuse_the_rest(listener, MOST_BACKLOG);
                }
                return;
            }
            let polled = fds.get_mut(1..).unwrap_or_default();
            let left = grace.saturating_duration_since(Instant::now());
            let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO);
            // An error here cannot be corrected in time, so the drain continues with the admitted clients.
            if poll_through_signals(polled, timeout).is_err() {
                return;
            }
            let any = polled.iter().any(|fd| fd.any() == Some(true));
            if !any && left.is_zero() {
                return;
            }
            match accept_one_each(&mut self.admission, &self.listeners, polled) {
                Ok(Tried::Accepted) => {}
                // Retry after a pause: sessions that end free the resources for the rest of the backlog.
                Ok(Tried::Exhausted(err)) => {
                    tracing::warn!(%err, "accept paused");
                    let waker = fds.get_mut(..1).unwrap_or_default();
                    let waited = pause_accepting(waker, FIRST_PAUSE);
                    if waited
                        .and_then(|()| answer_the_waker(&self.shared, &self.woken, &fds))
                        .is_err()
                    {
                        return;
                    }
                }
                Err(_) => return,
            }
        }
    }
}

/// Reads the waker's pipe if the acceptor was woken, and answers the liveness request that may be the
/// cause.
fn answer_the_waker(
    shared: &Shared,
    mut woken: &PipeReader,
    polled: &[PollFd<'_>],
) -> io::Result<()> {
    if polled.first().and_then(PollFd::any) != Some(true) {
        return Ok(());
    }
    // The pipe is readable, so this does not block.
    match woken.read(&mut [0; 16]) {
        Err(err) if errno(&err) != Some(Errno::EINTR) => return Err(err),
        _ => {}
    }
    shared.acceptor_liveness.answer();
    Ok(())
}

/// The result of one accept attempt on every listener.
enum Tried {
    /// All polled connections were accepted.
    Accepted,
    /// The machine ran out of a resource that connections need.
    Exhausted(io::Error),
}

/// Accepts one connection from each listener that has one.
///
/// It does not try for a second, because a failed accept costs more than the poll that comes next anyway.
/// The kernel creates the file before it checks the backlog.
fn accept_one_each(
    admission: &mut Admission,
    listeners: &[Arc<Listener>],
    polled: &[PollFd<'_>],
) -> io::Result<Tried> {
    for (listener, polled) in listeners.iter().zip(polled) {
        if !has_arrived(polled) {
            continue;
        }
        match listener.accept() {
            Ok((stream, client)) => admission.admit(stream, client),
            Err(err) => match triage(&err) {
                Triage::Next => {}
                Triage::Pause => return Ok(Tried::Exhausted(err)),
                Triage::GiveUp => return Err(err),
            },
        }
    }
    Ok(Tried::Accepted)
}

fn readable(fd: &impl AsFd) -> PollFd<'_> {
    PollFd::new(fd.as_fd(), PollFlags::POLLIN)
}

fn has_arrived(polled: &PollFd<'_>) -> bool {
    polled.any() == Some(true)
}

/// Waits for the length of the pause, or until the waker or a deferred connection becomes readable.
fn pause_accepting(others: &mut [PollFd<'_>], pause: Duration) -> io::Result<()> {
    let timeout = PollTimeout::try_from(pause).unwrap_or(PollTimeout::MAX);
    poll_through_signals(others, timeout)
}

/// Polls with a limit finer than a millisecond, if the system can.
fn poll_for(fds: &mut [PollFd<'_>], limit: Option<Duration>) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    match nix::poll::ppoll(fds, limit.map(Into::into), None) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(err) => Err(err.into()),
    }
    #[cfg(not(target_os = "linux"))]
    {
        let in_millis = |limit| PollTimeout::try_from(limit).unwrap_or(PollTimeout::MAX);
        poll_through_signals(fds, limit.map_or(PollTimeout::NONE, in_millis))
    }
}

fn poll_through_signals(fds: &mut [PollFd<'_>], timeout: PollTimeout) -> io::Result<()> {
    match poll(fds, timeout) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(err) => Err(err.into()),
    }
}

/// The reaction to an accept error.
#[derive(Debug, PartialEq, Eq)]
enum Triage {
    /// This connection is lost, or another process accepted it; the next may be fine.
    Next,
    /// The machine ran out of a resource; try again later.
    Pause,
    /// The listener is unusable.
    GiveUp,
}

fn triage(err: &io::Error) -> Triage {
    match errno(err) {
        // accept(2) also reports network errors of the new connection.
        Some(
            Errno::EAGAIN
            | Errno::ECONNABORTED
            | Errno::EINTR
            | Errno::EPROTO
            | Errno::EPERM
            | Errno::ENOPROTOOPT
            | Errno::ENETDOWN
            | Errno::ENETUNREACH
            | Errno::EHOSTDOWN
            | Errno::EHOSTUNREACH
            | Errno::EOPNOTSUPP
            | Errno::ETIMEDOUT,
        ) => Triage::Next,
        Some(Errno::EBADF | Errno::EFAULT | Errno::EINVAL | Errno::ENOTSOCK) => Triage::GiveUp,
        // Out of descriptors, buffers or memory, or another error that may be temporary.
        _ => Triage::Pause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_accept_error_has_its_designed_path() {
        let triage = |errno: Errno| super::triage(&io::Error::from(errno));
        assert_eq!(triage(Errno::EAGAIN), Triage::Next);
        assert_eq!(triage(Errno::ECONNABORTED), Triage::Next);
        assert_eq!(triage(Errno::EMFILE), Triage::Pause);
        assert_eq!(triage(Errno::ENFILE), Triage::Pause);
        assert_eq!(triage(Errno::ENOBUFS), Triage::Pause);
        assert_eq!(triage(Errno::ENOMEM), Triage::Pause);
        assert_eq!(triage(Errno::EACCES), Triage::Pause);
        assert_eq!(triage(Errno::EBADF), Triage::GiveUp);
        assert_eq!(triage(Errno::EINVAL), Triage::GiveUp);
    }
}
