//! What the configuration means to the server.

use crate::config::{self, Config};
use crate::server::{ClientLimits, Enforcement, Limits, Overload, Rate, Reclaim, Settings};

pub(super) fn of(config: &Config) -> Settings {
    Settings {
        listen: config.listen.clone(),
        backlog: config.backlog,
        defer_accept: config.defer_accept,
        reuse_port: config.reuse_port,
        workers: config.workers,
        stack_size: config.stack_size,
        queue: config.queue,
        overload: match config.overload {
            config::Overload::Refuse => Overload::Refuse,
            config::Overload::Wait => Overload::Wait,
        },
        limits: Limits {
            queue: config.queue_timeout,
            idle: config.idle_timeout,
            command: config.command_timeout,
            write: config.write_timeout,
            session: config.session_timeout,
            turn: config.turn,
            reclaim: config.reclaim_after.map(|after| Reclaim {
                after,
                allowance: config.reclaim_allowance,
                floor: config.reclaim_floor,
            }),
        },
        allow: config.allow.clone(),
        deny: config.deny.clone(),
        clients: client_limits(config),
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
