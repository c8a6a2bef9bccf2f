//! The events that the threads of a server report to the thread that waits for it.

use std::io;

use crossbeam_channel::Sender;

/// An event in a running server.
#[derive(Debug)]
pub enum Event {
    /// The server cannot accept connections any more. Its open sessions are still served.
    AcceptFailed(io::Error),
}

/// The channel carries no messages: only its disconnect, when the last sender drops, is used.
pub(super) type Never = std::convert::Infallible;

/// The sender that every thread holds for which a drain waits.
pub(super) type Alive = Sender<Never>;
