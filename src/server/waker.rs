//! A pipe that wakes the acceptor from its poll.

use std::io::{self, PipeReader, PipeWriter, Write};

/// The writing end, for the threads that wake the acceptor.
#[derive(Debug)]
pub(super) struct Waker(PipeWriter);

/// A waker and the reading end on which the acceptor waits.
pub(super) fn waker() -> io::Result<(Waker, PipeReader)> {
    let (woken, waker) = io::pipe()?;
    Ok((Waker(waker), woken))
}

impl Waker {
    /// Wakes the acceptor. Unread bytes are at most one for a liveness request and one for each drain or
    /// cut request. A pipe holds more than that.
    pub(super) fn wake(&self) {
        // The pipe is broken once the acceptor has ended; it then needs no waking.
        let _ = (&self.0).write_all(&[0]);
    }
}
