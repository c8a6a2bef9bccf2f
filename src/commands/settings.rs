//! The settings of the server, from the configuration.

use crate::admin;
use crate::config::Config;
use crate::server::{
    ClientLimits, DEFERRED_MAX, Enforcement, Limits, QueueTimeout, Rate, Settings,
};

/// The settings of the time server.
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
            .map(|addr| admin::settings(Some(addr)).descriptors())
            .sum(),
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
