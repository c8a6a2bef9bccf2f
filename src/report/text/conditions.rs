//! What a run was made under: no figure means anything without it.

use std::time::Duration;

use crate::load::{Drive, Measurement, Shape, Shard, Stages, Then, Think};

use super::layout::Page;
use super::{figures, span, unit};

/// The load as the end of a sentence.
pub(super) fn in_short(measured: &Measurement) -> String {
    match &measured.plan.drive {
        Drive::Closed { clients } => format!("with {} clients", many(*clients)),
        Drive::Open { .. } => {
            let meant = measured.per_second(measured.client.scheduled);
            format!("at {}/s", figures::significant(meant))
        }
    }
}

/// Writes all of them.
pub(super) fn write(measured: &Measurement, page: &mut Page) {
    let plan = &measured.plan;
    page.row("load", &drive(measured));
    page.row(unit(measured), &shape(&plan.shape));
    let place = &measured.place;
    let relation = if place.shares_machine { "on" } else { "not on" };
    let target = plan.target.to_string();
    let server = if target == place.address {
        target
    } else {
        format!("{target} at {}", place.address)
    };
    let server = format!("{server}, {relation} this machine ({} cores)", place.cores);
    page.row("server", &server);
    if !measured.parts.is_empty() {
        page.row("merged", &format!("of {} runs", measured.parts.len()));
    }
}

fn drive(measured: &Measurement) -> String {
    let plan = &measured.plan;
    let drive = match &plan.drive {
        Drive::Closed { clients } => format!(
            "closed loop of {} clients: each begins anew when its last {} ends",
            many(*clients),
            unit(measured)
        ),
        Drive::Open {
            stages,
            arrivals,
            clients,
        } => format!(
            "open loop of {}: {}s begin {arrivals}, whatever became of those before, at most {} at a \
             time",
            rate(stages),
            unit(measured),
            many(*clients),
        ),
    };
    let warmup = (!plan.warmup.is_zero()).then(|| format!("warm-up {}", span(plan.warmup)));
    let Shard { index, count } = plan.shard;
    let part = (count > 1).then(|| format!("part {index} of {count}"));
    let said: Vec<_> = [Some(drive), warmup, part].into_iter().flatten().collect();
    said.join("; ")
}

fn rate(stages: &Stages) -> String {
    if stages.last_change().is_zero() {
        format!("{}/s", figures::significant(stages.rate(Duration::ZERO)))
    } else {
        format!("{stages} a second")
    }
}

fn many(clients: usize) -> String {
    figures::count(u64::try_from(clients).unwrap_or(u64::MAX))
}

fn shape(shape: &Shape) -> String {
    let commands = match shape.commands {
        1 => "TIME once".to_owned(),
        n => format!("TIME {n} times"),
    };
    let pipelined = match shape.pipeline {
        0 | 1 => String::new(),
        n => format!(", {n} in one piece"),
    };
    let said = match shape.then {
        Then::Quit => format!("connect, {commands}{pipelined}, QUIT, await the close"),
        Then::KeepAlive => format!("{commands}{pipelined}, on a connection that stays open"),
    };
    match shape.think {
        Think::None => said,
        Think::Fixed { seconds } => format!("{said}; pauses of {}", figures::time(seconds)),
        Think::Exponential { mean } => {
            format!(
                "{said}; random pauses of {} on average",
                figures::time(mean)
            )
        }
    }
}
