//! The conditions of a run, in the words of every report: target, load and session.

use std::time::Duration;

use crate::load::{Drive, Measurement, Shape, Shard, Stages, Then, Think};

use super::unit::unit;
use crate::base::figures;

/// The load, in a few words.
pub(super) fn in_short(measured: &Measurement) -> String {
    match &measured.plan.drive {
        Drive::Closed { clients: count } => format!("with {}", clients(*count)),
        Drive::Open { .. } => {
            let meant = measured.per_second(measured.client.scheduled);
            format!("at {}/s", figures::significant(meant))
        }
    }
}

/// All conditions with their names.
pub(super) fn all(measured: &Measurement) -> Vec<(&'static str, String)> {
    let merged = match measured.parts.len() {
        0 => None,
        runs => Some(("merged", format!("of {runs} runs"))),
    };
    let all = [
        ("load", load(measured)),
        (unit(measured), session(&measured.plan.shape)),
        ("server", server(measured)),
    ];
    all.into_iter().chain(merged).collect()
}

/// The loaded server, and whether it shares the machine.
fn server(measured: &Measurement) -> String {
    let (target, place) = (measured.plan.target.to_string(), &measured.place);
    let relation = if place.shares_machine { "on" } else { "not on" };
    let server = if target == place.address {
        target
    } else {
        format!("{target} at {}", place.address)
    };
    let cores = match place.cores {
        1 => "1 core".to_owned(),
        many => format!("{many} cores"),
    };
    format!("{server}, {relation} this machine ({cores})")
}

/// The drive of the load, and the settings of the load as a whole.
fn load(measured: &Measurement) -> String {
    let plan = &measured.plan;
    let drive = match &plan.drive {
        Drive::Closed { clients: count } => format!(
            "closed loop of {}: each begins anew when its last {} ends",
            clients(*count),
            unit(measured)
        ),
        Drive::Open {
            stages,
            arrivals,
            clients: most,
        } => format!(
            "open loop of {}: {}s begin {arrivals}, whether or not earlier ones have ended, at most {} at a \
             time",
            rate(stages),
            unit(measured),
            number(*most),
        ),
    };
    let warmup =
        (!plan.warmup.is_zero()).then(|| format!("warm-up {}", figures::span(plan.warmup)));
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

fn clients(count: usize) -> String {
    match count {
        1 => "1 client".to_owned(),
        many => format!("{} clients", number(many)),
    }
}

fn number(count: usize) -> String {
    figures::count(u64::try_from(count).unwrap_or(u64::MAX))
}

/// The contents of a session.
fn session(shape: &Shape) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::sample;

    #[test]
    fn an_open_loop_is_told_by_its_rate_and_a_closed_one_by_its_clients() {
        assert_eq!(
            load(&sample::open(1)),
            "open loop of 1 000/s: sessions begin at random (Poisson), whether or not earlier ones have ended, \
             at most 10 000 at a time; warm-up 1 s"
        );
        assert_eq!(
            load(&sample::closed(1)),
            "closed loop of 64 clients: each begins anew when its last session ends; warm-up 1 s"
        );
        assert_eq!(in_short(&sample::open(1)), "at 1 000/s");
        assert_eq!(in_short(&sample::closed(1)), "with 64 clients");
    }

    #[test]
    fn a_session_is_told_step_by_step() {
        let mut shape = sample::closed(1).plan.shape;
        assert_eq!(
            session(&shape),
            "connect, TIME 3 times, QUIT, await the close"
        );
        shape.then = Then::KeepAlive;
        shape.think = Think::Fixed {
            seconds: Duration::from_millis(10),
        };
        assert_eq!(
            session(&shape),
            "TIME 3 times, on a connection that stays open; pauses of 10.0 ms"
        );
    }

    #[test]
    fn the_server_is_told_with_the_machine_it_shares() {
        let mut measured = sample::closed(1);
        assert_eq!(
            server(&measured),
            "localhost:45000 at 127.0.0.1:45000, on this machine (2 cores)"
        );
        measured.place.shares_machine = false;
        measured.place.cores = 1;
        assert!(server(&measured).ends_with(", not on this machine (1 core)"));
    }
}
