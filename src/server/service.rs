//! What a protocol must offer to be served: the server moves bytes and knows nothing of them.

/// A protocol, shared by all workers.
pub trait Service: Send + Sync + 'static {
    /// What one worker answers with.
    type Responder: Responder;

    /// A responder of a worker's own, asked for once per worker.
    fn responder(&self) -> Self::Responder;

    /// The last words to a client that is not admitted.
    fn refusal(&self) -> &'static [u8];

    /// Whether a worker has something to do for a client of which these first bytes were received: a
    /// command that can be answered, or one that is rejected. True of no bytes if the service speaks
    /// first. Until then the connection costs neither a worker nor a place in the queue.
    fn has_work(&self, received: &[u8]) -> bool;

    /// Bytes that a command may need, its end included, before it can be answered or rejected.
    fn longest_command(&self) -> usize;
}

/// Answers the commands of one session after another, for one worker.
pub trait Responder: Send + 'static {
    /// Speaks first, where the protocol has it so: appends to `replies`, and says what the session does
    /// next. Asked for once a session, before anything is read.
    fn greet(&mut self, _replies: &mut Vec<u8>) -> Then {
        Then::Read
    }

    /// Answers as many complete commands at the beginning of `input` as there are, in order.
    ///
    /// Appends the replies to `replies`; once these reach [`REPLIES_LIMIT`] it stops early, and is
    /// called again with the rest after they were written. It must make progress on any input of
    /// [`Service::longest_command`] bytes.
    fn respond(&mut self, input: &[u8], replies: &mut Vec<u8>) -> Progress;
}

/// Bytes of replies at which a responder stops and lets them be written.
pub const REPLIES_LIMIT: usize = 64 * 1024;

/// How far a responder came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the input that are dealt with.
    pub consumed: usize,
    /// Commands that were answered.
    pub commands: u32,
    /// What happens once the replies are written.
    pub then: Then,
}

/// What a session does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Call again: the replies were many, and complete commands are left.
    Resume,
    /// Wait for more input.
    Read,
    /// End the session because the client asked for it.
    Finish,
    /// End the session because the client broke the protocol.
    Reject,
}
