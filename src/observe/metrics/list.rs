//! The list of all metrics.

use super::samples::{alone, by_outcome, by_state, count, each, number, one, truth, what_if};
use super::{Metric, Values};
use crate::observe::snapshot::{Backlog, Life};

/// All metrics, in output order.
pub static METRICS: &[Metric] = &[
    Metric {
        name: "jamd_build_info",
        help: "The version that runs; always 1",
        labels: &["version"],
        values: Values::Gauge(|it| vec![one(it.status.version.clone(), 1.0)]),
    },
    Metric {
        name: "jamd_start_time_seconds",
        help: "When it began to listen, in seconds since 1970-01-01 00:00:00 UTC",
        labels: &[],
        values: Values::Gauge(|it| alone(it.status.started_seconds)),
    },
    Metric {
        name: "jamd_life",
        help: "1 for where in its life the server is, 0 for the others",
        labels: &["life"],
        values: Values::Gauge(|it| {
            let is = |life: Life| f64::from(u8::from(it.server().life == life));
            Life::ALL
                .map(|life| one(life.name().into(), is(life)))
                .into()
        }),
    },
    Metric {
        name: "jamd_ready",
        help: "Whether new clients should be sent here",
        labels: &[],
        values: Values::Gauge(|it| alone(truth(it.status.readiness.ready))),
    },
    Metric {
        name: "jamd_workers_wanted",
        help: "How many workers there are to be",
        labels: &[],
        values: Values::Gauge(|it| alone(number(it.server().workers.wanted))),
    },
    Metric {
        name: "jamd_workers",
        help: "Workers in each state; together more than are wanted while some have still to retire",
        labels: &["state"],
        values: Values::Gauge(|it| by_state(|state| number(*it.server().workers.states.of(state)))),
    },
    Metric {
        name: "jamd_worker_seconds",
        help: "How long workers have been in each state, all together, as seen every few hundredths of a second",
        labels: &["state"],
        values: Values::Counter(|it| by_state(|state| *it.server().worker_seconds.of(state))),
    },
    Metric {
        name: "jamd_occupied_seconds",
        help: "How long workers have held a session, all together: every state but idle",
        labels: &[],
        values: Values::Counter(|it| {
            let seconds = it.server().worker_seconds;
            alone(seconds.awaiting + seconds.reading + seconds.working + seconds.writing)
        }),
    },
    Metric {
        name: "jamd_working_seconds",
        help: "The part of that which was not spent waiting for clients to ask: working and writing",
        labels: &[],
        values: Values::Counter(|it| {
            let seconds = it.server().worker_seconds;
            alone(seconds.working + seconds.writing)
        }),
    },
    Metric {
        name: "jamd_deferred",
        help: "Connections whose first command is not complete; they have no place in the queue",
        labels: &[],
        values: Values::Gauge(|it| alone(number(it.server().deferred))),
    },
    Metric {
        name: "jamd_queue_depth",
        help: "Connections that wait for a worker",
        labels: &[],
        values: Values::Gauge(|it| alone(number(it.server().queue.depth))),
    },
    Metric {
        name: "jamd_queue_capacity",
        help: "Connections that may wait for a worker",
        labels: &[],
        values: Values::Gauge(|it| alone(number(it.server().queue.capacity))),
    },
    Metric {
        name: "jamd_queue_high_water",
        help: "The most connections that ever waited; reading it does not reset it",
        labels: &[],
        values: Values::Gauge(|it| alone(number(it.server().queue.high_water))),
    },
    Metric {
        name: "jamd_queue_oldest_age_seconds",
        help: "How long the first in the queue has waited, 0 if no client waits",
        labels: &[],
        values: Values::Gauge(|it| alone(it.server().queue.oldest_seconds)),
    },
    Metric {
        name: "jamd_queue_wait_seconds",
        help: "How long sessions waited for a worker",
        labels: &[],
        values: Values::Histogram(|it| it.histograms.queue_wait),
    },
    Metric {
        name: "jamd_session_seconds",
        help: "How long sessions lasted once a worker had them",
        labels: &[],
        values: Values::Histogram(|it| it.histograms.session),
    },
    Metric {
        name: "jamd_session_commands",
        help: "Commands answered in a session",
        labels: &[],
        values: Values::Histogram(|it| it.histograms.session_commands),
    },
    Metric {
        name: "jamd_answer_seconds",
        help: "From having read commands to the kernel having the replies; one read in 64 is timed",
        labels: &[],
        values: Values::Histogram(|it| it.histograms.answer),
    },
    Metric {
        name: "jamd_commands",
        help: "Commands answered",
        labels: &[],
        values: Values::Counter(|it| alone(count(it.server().commands))),
    },
    Metric {
        name: "jamd_accepted",
        help: "Connections accepted: served, refused, closed, failed, probes, and those that have not ended",
        labels: &[],
        values: Values::Counter(|it| alone(count(it.server().ledger.accepted))),
    },
    Metric {
        name: "jamd_served",
        help: "Sessions that the client ended in order, by how",
        labels: &["outcome"],
        values: Values::Counter(|it| by_outcome(&it.server().ledger.served)),
    },
    Metric {
        name: "jamd_refused",
        help: "Clients that were not admitted, by reason",
        labels: &["reason"],
        values: Values::Counter(|it| by_outcome(&it.server().ledger.refused)),
    },
    Metric {
        name: "jamd_closed",
        help: "Sessions that the server ended for its own reasons, by reason",
        labels: &["reason"],
        values: Values::Counter(|it| by_outcome(&it.server().ledger.closed)),
    },
    Metric {
        name: "jamd_failed",
        help: "Sessions that ended in the middle of something, by reason",
        labels: &["reason"],
        values: Values::Counter(|it| by_outcome(&it.server().ledger.failed)),
    },
    Metric {
        name: "jamd_probes",
        help: "Connections that ended before the client had sent anything",
        labels: &[],
        values: Values::Counter(|it| alone(count(it.server().ledger.probes))),
    },
    Metric {
        name: "jamd_panics",
        help: "Sessions in which the service panicked",
        labels: &[],
        values: Values::Counter(|it| {
            let panicked = it.server().ledger.failed.get("panicked");
            alone(count(panicked.copied().unwrap_or(0)))
        }),
    },
    Metric {
        name: "jamd_accept_pauses",
        help: "Times that the acceptor paused because the machine was out of something",
        labels: &[],
        values: Values::Counter(|it| alone(count(it.server().accept_pauses.count))),
    },
    Metric {
        name: "jamd_accept_paused_seconds",
        help: "How long it paused for that",
        labels: &[],
        values: Values::Counter(|it| alone(it.server().accept_pauses.seconds)),
    },
    Metric {
        name: "jamd_kernel_backlog_length",
        help: "Connections that the kernel holds for a listener until they are accepted",
        labels: &["listener"],
        values: Values::Gauge(|it| {
            let backlogs = it.server().backlogs.iter();
            let length = |backlog: &Backlog| f64::from(backlog.length);
            backlogs
                .map(|backlog| one(backlog.listener.to_string(), length(backlog)))
                .collect()
        }),
    },
    Metric {
        name: "jamd_kernel_backlog_limit",
        help: "Connections that the kernel may hold for a listener",
        labels: &["listener"],
        values: Values::Gauge(|it| {
            let backlogs = it.server().backlogs.iter();
            let limit = |backlog: &Backlog| f64::from(backlog.limit);
            backlogs
                .map(|backlog| one(backlog.listener.to_string(), limit(backlog)))
                .collect()
        }),
    },
    Metric {
        name: "jamd_clock_synchronised",
        help: "Whether this machine's clock is synchronised, and was lately, by adjtimex",
        labels: &[],
        values: Values::Gauge(|it| {
            let clock = it.status.clock;
            clock.map_or_else(Vec::new, |clock| alone(truth(clock.synchronised)))
        }),
    },
    Metric {
        name: "jamd_clock_offset_seconds",
        help: "How far the clock is known to be off",
        labels: &[],
        values: Values::Gauge(|it| {
            let clock = it.status.clock;
            clock.map_or_else(Vec::new, |clock| alone(clock.offset_seconds))
        }),
    },
    Metric {
        name: "jamd_clock_max_error_seconds",
        help: "How far the clock may be off at most",
        labels: &[],
        values: Values::Gauge(|it| {
            let clock = it.status.clock;
            clock.map_or_else(Vec::new, |clock| alone(clock.max_error_seconds))
        }),
    },
    Metric {
        name: "jamd_whatif_wait_seconds",
        help: "Wait for a worker in a pool of so many, had the sessions of the window come to it",
        labels: &["workers", "window", "quantile"],
        values: Values::Gauge(|it| {
            what_if(it, |pool| {
                let quantiles = [
                    ("0.5", pool.wait_p50_seconds),
                    ("0.99", pool.wait_p99_seconds),
                ];
                let known = quantiles
                    .into_iter()
                    .filter_map(|(name, wait)| Some((name, wait?)));
                known
                    .map(|(name, wait)| (vec![name.into()], wait))
                    .collect()
            })
        }),
    },
    Metric {
        name: "jamd_whatif_refused_ratio",
        help: "Share of the window's clients that such a pool would have refused",
        labels: &["workers", "window"],
        values: Values::Gauge(|it| what_if(it, |pool| each(pool.refused_ratio))),
    },
    Metric {
        name: "jamd_whatif_utilisation_ratio",
        help: "Share of the workers' time for which such a pool would have been occupied",
        labels: &["workers", "window"],
        values: Values::Gauge(|it| what_if(it, |pool| each(pool.utilisation_ratio))),
    },
    Metric {
        name: "jamd_whatif_holds",
        help: "Whether that can be believed: sessions would have lasted as long",
        labels: &[],
        values: Values::Gauge(|it| {
            let advice = it.status.advice.as_ref();
            advice.map_or_else(Vec::new, |advice| alone(truth(advice.holds)))
        }),
    },
    Metric {
        name: "jamd_log_lines_omitted",
        help: "Log lines that were left out because there were too many",
        labels: &[],
        values: Values::Counter(|it| alone(count(it.status.log.omitted))),
    },
    Metric {
        name: "jamd_log_lines_lost",
        help: "Log lines that were lost because their reader was too slow",
        labels: &[],
        values: Values::Counter(|it| alone(count(it.status.log.lost))),
    },
];
