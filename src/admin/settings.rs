//! The settings of the administration server and the agent server.

use std::net::SocketAddr;
use std::time::Duration;

use crate::server::{ClientLimits, Limits, QueueTimeout, Settings};

/// Workers of each port: a second one can answer while the first is occupied.
const WORKERS: usize = 2;

/// Bytes of stack of each worker; writing JSON needs more than a time reply.
const STACK_SIZE: usize = 256 * 1024;

/// Connections that may wait, in the queue and in the kernel.
const QUEUE: usize = 64;

/// Connections that may be deferred until their request is complete; each takes up to 8 KiB.
const DEFERRED: usize = 256;

/// Bytes of answers not yet read by their clients: enough for a few dozen pages and statuses.
const CLOSING_MEMORY: usize = 4 << 20;

/// The longest time for a request to arrive, and for its answer to be read.
const REQUEST: Duration = Duration::from_secs(5);

/// The settings of the administration server or the agent server. It listens on this address, in addition to
/// inherited listeners.
pub fn settings(addr: Option<SocketAddr>) -> Settings {
    Settings {
        listen: addr.into_iter().collect(),
        backlog: u32::try_from(QUEUE).unwrap_or(u32::MAX),
        // A client of the agent sends nothing, so the kernel must not wait for data.
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
