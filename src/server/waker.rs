//! What wakes the acceptor out of its wait.

use std::io::{self, PipeReader, PipeWriter, Write};

/// Wakes the acceptor out of its wait.
#[derive(Debug)]
pub(super) struct Waker(PipeWriter);

/// A waker, and what the acceptor waits on.
pub(super) fn waker() -> io::Result<(Waker, PipeReader)> {
    let (woken, waker) = io::pipe()?;
    Ok((Waker(waker), woken))
}

impl Waker {
    /// Wakes the acceptor. The bytes it has not read are at most one that asks for a sign of life and one
    /// for each time a drain or a cut was asked for: never more than a pipe holds.
    pub(super) fn wake(&self) {
        // The pipe is broken once the acceptor has ended, and then nobody needs to be woken.
        let _ = (&self.0).write_all(&[0]);
    }
}
