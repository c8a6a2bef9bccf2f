//! The settings of a server and its time limits.

use std::net::SocketAddr;
use std::time::Duration;

use ipnet::IpNet;

use super::clients::ClientLimits;
use crate::whatif::QueueTimeout;

/// Connections that may linger at once. Beyond this the oldest is closed, first of those whose client has
/// taken all replies. Each holds a descriptor, so the descriptor budget includes them.
pub(super) const LINGERING_MAX: usize = 1024;

/// The settings of one server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Addresses to listen on; port 0 lets the system choose.
    pub listen: Vec<SocketAddr>,
    /// Connections the kernel may hold until they are accepted.
    pub backlog: u32,
    /// The time for which the kernel holds back a client that has sent nothing; Linux only.
    pub defer_accept: Option<Duration>,
    /// Whether other processes with this setting may listen on the same ports.
    pub reuse_port: bool,
    /// Sessions served at a time.
    pub workers: usize,
    /// Bytes of stack for each worker.
    pub stack_size: usize,
    /// Connections that may wait for a worker.
    pub queue: usize,
    /// Connections that may be held until their first command is complete. A low open-file limit reduces
    /// this number.
    pub deferred: usize,
    /// Bytes that the kernel may hold for closed sessions whose clients have not taken all replies.
    pub closing_memory: usize,
    /// The time limits of queue and sessions.
    pub limits: Limits,
    /// Blocks of addresses that may connect. If there are any, all other addresses are denied.
    pub allow: Vec<IpNet>,
    /// Blocks of addresses that may not connect. The block with the longest matching prefix decides; of two
    /// equal blocks, this one decides. A denied connection is reset.
    pub deny: Vec<IpNet>,
    /// The limits of one client.
    pub clients: ClientLimits,
    /// Descriptors that other servers in this process need, as [`Settings::descriptors`] counts them.
    pub other_descriptors: usize,
}

impl Settings {
    /// The most sessions at a time, queued or served.
    pub(super) fn places(&self) -> usize {
        self.workers.saturating_add(self.queue)
    }

    /// The most sessions at a time, including those without a complete first command.
    pub(super) fn sessions(&self) -> usize {
        self.places().saturating_add(self.deferred)
    }

    /// The most descriptors that a server takes for its connections and listeners.
    pub fn descriptors(&self) -> usize {
        self.sessions()
            .saturating_add(LINGERING_MAX)
            .saturating_add(self.listen.len())
    }
}

/// The time limits; `None` means no limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// For the wait in the queue.
    pub queue: QueueTimeout,
    /// For the silence between two commands.
    pub idle: Option<Duration>,
    /// From the first byte of a command to its last.
    pub command: Option<Duration>,
    /// For the client to take the replies to the commands of one read.
    pub write: Option<Duration>,
    /// From the beginning of a session to its end.
    pub session: Option<Duration>,
    /// For holding a worker, after which the session may be closed if a client waits.
    pub turn: Option<Duration>,
}
