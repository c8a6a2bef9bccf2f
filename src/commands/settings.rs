//! What the configuration means to the server.

use std::net::SocketAddr;
use std::time::Duration;

use crate::config::Config;
use crate::server::{
    ClientLimits, DEFERRED_MAX, Enforcement, Limits, QueueTimeout, Rate, Settings,
};

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

/// Of the server that tells the time.
pub(super) fn of(config: &Config) -> Settings {
    Settings {
        listen: config.listen.clone(),
        backlog: config.backlog,
        defer_accept: config.defer_accept,
        reuse_port: config.reuse_port,
        workers: config.workers,
        stack_size: config.stack_size,
        queue: config.queue,
        deferred: DEFERRED_MAX,
        closing_memory: config.closing_memory,
        limits: Limits {
            queue: QueueTimeout::of(config.queue_timeout, config.queue_timeout_busy),
            idle: config.idle_timeout,
            command: config.command_timeout,
            write: config.write_timeout,
            session: config.session_timeout,
            turn: config.turn,
        },
        allow: config.allow.clone(),
        deny: config.deny.clone(),
        clients: client_limits(config),
        other_descriptors: [config.admin, config.agent]
            .into_iter()
            .flatten()
            .map(|addr| of_port(Some(addr)).descriptors())
            .sum(),
    }
}

/// Of the server of the administration port, or of the agent, at this address besides those that are passed
/// to it.
pub(super) fn of_port(addr: Option<SocketAddr>) -> Settings {
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

fn client_limits(config: &Config) -> ClientLimits {
    ClientLimits {
        sessions: config.max_sessions_per_client,
        rate: config.session_rate_per_client.map(|rate| Rate {
            interval: rate.interval(),
            burst: config.session_burst_per_client,
        }),
        enforcement: if config.limits_dry_run {
            Enforcement::DryRun
        } else {
            Enforcement::Refuse
        },
    }
}
