//! Everything a run depended on, setting by setting.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::load::{Drive, Length, Measurement, Place, Plan, Then, Think};

use crate::report::figures::{count, set_time, time};

/// One of the conditions.
#[derive(Debug, Serialize)]
pub(super) struct Setting {
    name: &'static str,
    value: String,
    /// Whether the value is something to type.
    is_code: bool,
}

/// A moment since 1970, as people write it.
pub(super) fn moment(since_1970: Duration) -> String {
    let seconds = i64::try_from(since_1970.as_secs()).ok();
    let utc: Option<DateTime<Utc>> = seconds.and_then(|s| DateTime::from_timestamp(s, 0));
    utc.map_or_else(
        || format!("{} s after 1970", since_1970.as_secs()),
        |utc| utc.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// All of them, what one needs to do it again first.
pub(super) fn settings(measurement: &Measurement) -> Vec<Setting> {
    let Measurement {
        plan,
        place,
        window,
        ..
    } = measurement;
    let mut settings = vec![Setting {
        name: "command",
        value: place.command.clone(),
        is_code: true,
    }];
    let described = of_place(plan, place)
        .into_iter()
        .chain([
            ("begun", moment(window.begin)),
            ("measured for", time(window.elapsed)),
            ("seed", plan.seed.to_string()),
        ])
        .chain(of_drive(&plan.drive))
        .chain(of_session(plan))
        .chain(of_run(plan));
    settings.extend(described.map(|(name, value)| Setting {
        name,
        value,
        is_code: false,
    }));
    settings
}

fn of_place(plan: &Plan, place: &Place) -> Vec<(&'static str, String)> {
    let shared = if place.shares_machine {
        "the server on the same"
    } else {
        "the server elsewhere"
    };
    let machine = format!("{}, {} cores, {shared}", place.kernel, place.cores);
    vec![
        ("target", format!("{} at {}", plan.target, place.address)),
        ("machine", machine),
        ("version", place.program.clone()),
    ]
}

fn of_drive(drive: &Drive) -> Vec<(&'static str, String)> {
    match drive {
        Drive::Closed { clients } => vec![
            ("loop", "closed".to_owned()),
            ("clients", clients.to_string()),
        ],
        Drive::Open {
            stages,
            arrivals,
            clients,
        } => vec![
            ("loop", "open".to_owned()),
            ("sessions a second", stages.to_string()),
            ("arrivals", arrivals.to_string()),
            ("clients at most", clients.to_string()),
        ],
    }
}

fn of_session(plan: &Plan) -> Vec<(&'static str, String)> {
    let shape = plan.shape;
    let then = match shape.then {
        Then::Quit => "QUIT, and a new connection",
        Then::KeepAlive => "another round on the same connection",
    };
    let think = match shape.think {
        Think::None => "none".to_owned(),
        Think::Fixed { seconds } => set_time(seconds),
        Think::Exponential { mean } => format!("exponential, {} on average", set_time(mean)),
    };
    vec![
        ("commands", count(u64::from(shape.commands))),
        ("pipelined", count(u64::from(shape.pipeline))),
        ("then", then.to_owned()),
        ("think time", think),
    ]
}

fn of_run(plan: &Plan) -> Vec<(&'static str, String)> {
    let length = match plan.length {
        Length::Duration { seconds } => set_time(seconds),
        Length::Sessions { count: sessions } => format!("{} sessions", count(sessions)),
    };
    let sources = match plan.sources.to_string() {
        none if none.is_empty() => "chosen by the system".to_owned(),
        some => some,
    };
    vec![
        ("planned length", length),
        ("warm-up", set_time(plan.warmup)),
        ("threads", plan.threads.to_string()),
        ("timeout", set_time(plan.timeout)),
        ("source addresses", sources),
        ("clock may be off by", set_time(plan.skew)),
        ("zone of the server", plan.zone.to_string()),
        (
            "shard",
            format!("{} of {}", plan.shard.index, plan.shard.count),
        ),
    ]
}
