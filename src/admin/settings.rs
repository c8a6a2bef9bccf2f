//! The settings of the servers that answer administrators and agents.

use std::net::SocketAddr;
use std::time::Duration;

use crate::server::{ClientLimits, Limits, QueueTimeout, Settings};

/// Workers of each of the ports: one that answers, and one for whoever comes meanwhile.
const WORKERS: usize = 2;

/// Bytes of stack of each of them; what writes JSON is deeper than what tells the time.
const STACK_SIZE: usize = 256 * 1024;

/// Connections that may wait for them, in the queue and in the kernel.
const QUEUE: usize = 64;

/// Connections that may be held until their request is complete, each of which takes up to 8 KiB.
const DEFERRED: usize = 256;

/// Bytes that answers may take that their readers have not: a few dozen pages and statuses.
const CLOSING_MEMORY: usize = 4 << 20;

/// How long a request may take from its first byte to its last, and its answer to be taken.
const REQUEST: Duration = Duration::from_secs(5);

/// The settings of the server of the administration port, or of the agent, at this address besides those
/// that are passed to it.
pub fn settings(addr: Option<SocketAddr>) -> Settings {
    Settings {
        listen: addr.into_iter().collect(),
        backlog: u32::try_from(QUEUE).unwrap_or(u32::MAX),
        // Whoever asks the agent says nothing.
        defer_accept: None,
        reuse_port: false,
        workers: WORKERS,
        stack_size: STACK_SIZE,
        queue: QUEUE,
        deferred: DEFERRED,
        closing_memory: CLOSING_MEMORY,
        limits: Limits {
            queue: QueueTimeout::of(Some(REQUEST), None),
            idle: Some(REQUEST),
            command: Some(REQUEST),
            write: Some(REQUEST),
            session: Some(REQUEST * 6),
            turn: Some(Duration::from_secs(1)),
        },
        allow: Vec::new(),
        deny: Vec::new(),
        clients: ClientLimits::default(),
        other_descriptors: 0,
    }
}
