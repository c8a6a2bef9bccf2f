//! What the threads of a server tell the thread that waits for it.

use std::io;

use crossbeam_channel::Sender;

/// What happens to a server while it runs.
#[derive(Debug)]
pub enum Event {
    /// The server cannot accept connections any more; those it has are still served.
    AcceptFailed(io::Error),
}

/// Nothing is ever sent: what matters is when the last sender is gone.
pub(super) type Never = std::convert::Infallible;

/// Held by every thread that a drain waits for.
pub(super) type Alive = Sender<Never>;
