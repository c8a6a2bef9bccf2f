//! The traits that a protocol implements to be served. The server itself only moves bytes.

/// A protocol, shared by all workers.
pub trait Service: Send + Sync + 'static {
    /// The responder type: one per worker.
    type Responder: Responder;

    /// A new responder. Called once per worker.
    fn responder(&self) -> Self::Responder;

    /// The bytes sent to a client that is refused.
    fn refusal(&self) -> &'static [u8];

    /// Whether a worker has something to do for a client that has sent these first bytes: a command to
    /// answer, or one to reject. True for no bytes if the service speaks first. Until then the connection
    /// takes neither a worker nor a place in the queue.
    fn has_work(&self, received: &[u8]) -> bool;

    /// The most bytes of a command, its end included, before it can be answered or rejected.
    fn longest_command(&self) -> usize;
}

/// Answers the commands of successive sessions, for one worker.
pub trait Responder: Send + 'static {
    /// Appends a greeting to `replies`, if the protocol has one, and returns the session's next step.
    /// Called once per session, before the first read.
    fn greet(&mut self, _replies: &mut Vec<u8>) -> Then {
        Then::Read
    }

    /// Answers all complete commands at the beginning of `input`, in order.
    ///
    /// Appends the replies to `replies`. Once these reach [`REPLIES_LIMIT`], it stops early and is called
    /// again with the rest after they were written. It must make progress on any input of
    /// [`Service::longest_command`] bytes.
    fn respond(&mut self, input: &[u8], replies: &mut Vec<u8>) -> Progress;
}

/// Bytes of replies at which a responder stops and lets them be written.
pub const REPLIES_LIMIT: usize = 64 * 1024;

/// The result of one call of a responder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the input that were processed.
    pub consumed: usize,
    /// Commands that were answered.
    pub commands: u32,
    /// The session's next step once the replies are written.
    pub then: Then,
}

/// The next step of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Call the responder again: the replies reached the limit, and complete commands are left.
    Resume,
    /// Wait for more input.
    Read,
    /// End the session because the client asked for it.
    Finish,
    /// End the session because the client broke the protocol.
    Reject,
}
