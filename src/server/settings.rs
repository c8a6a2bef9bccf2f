//! How a server is set up, and within which limits it serves.

use std::net::SocketAddr;
use std::time::Duration;

use ipnet::IpNet;

use super::clients::ClientLimits;
use crate::whatif::QueueTimeout;

/// Connections that may linger at once; one more, and the oldest is closed as it is, first of those whose
/// client has taken all replies. Each holds a descriptor, so this is part of the descriptor budget.
pub(super) const LINGERING_MAX: usize = 1024;

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen; port 0 lets the system choose.
    pub listen: Vec<SocketAddr>,
    /// Connections the kernel may hold until they are accepted.
    pub backlog: u32,
    /// How long the kernel holds back a client that has sent nothing; Linux only.
    pub defer_accept: Option<Duration>,
    /// Whether other processes that do so too may listen on the same ports.
    pub reuse_port: bool,
    /// Sessions served at the same time.
    pub workers: usize,
    /// Bytes of stack for each worker.
    pub stack_size: usize,
    /// Connections that may wait for a worker.
    pub queue: usize,
    /// Connections that may be held until their first command is complete; fewer where the open-file
    /// limit leaves no more.
    pub deferred: usize,
    /// Bytes that the kernel may hold for closed sessions whose clients have not taken all replies.
    pub closing_memory: usize,
    /// The limits of waiting.
    pub limits: Limits,
    /// Blocks of addresses that may connect; when there are any, nobody else may.
    pub allow: Vec<IpNet>,
    /// Blocks of addresses that may not connect. Of all blocks that hold an address the one with the
    /// longest prefix decides, and of two alike this one. Who is denied meets a reset.
    pub deny: Vec<IpNet>,
    /// What one client may take.
    pub clients: ClientLimits,
    /// Descriptors that the process has to have left for other servers in it, as
    /// [`Settings::descriptors`] counts them.
    pub other_descriptors: usize,
}

impl Settings {
    /// Sessions there may be at a time, queued or served.
    pub(super) fn places(&self) -> usize {
        self.workers.saturating_add(self.queue)
    }

    /// Sessions there may be at a time, those included whose first command is not complete.
    pub(super) fn sessions(&self) -> usize {
        self.places().saturating_add(self.deferred)
    }

    /// The most descriptors that a server takes for its connections and for where it listens.
    pub fn descriptors(&self) -> usize {
        self.sessions()
            .saturating_add(LINGERING_MAX)
            .saturating_add(self.listen.len())
    }
}

/// How long anything may take; `None` is for ever.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// In the queue.
    pub queue: QueueTimeout,
    /// Between two commands.
    pub idle: Option<Duration>,
    /// From the first byte of a command to its last.
    pub command: Option<Duration>,
    /// For the client to take the replies to what one read brought.
    pub write: Option<Duration>,
    /// From the beginning of a session to its end.
    pub session: Option<Duration>,
    /// With a worker before the session may be closed in favour of a client that waits.
    pub turn: Option<Duration>,
}
