//! The table of all settings of a run.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::parts::Setting;
use crate::base::duration;
use crate::base::figures::{count, time};
use crate::load::{Length, Measurement, Plan};
use crate::report::conditions;

/// A moment since 1970, as a readable date.
pub(in crate::report) fn moment(since_1970: Duration) -> String {
    let seconds = i64::try_from(since_1970.as_secs()).ok();
    let utc: Option<DateTime<Utc>> = seconds.and_then(|s| DateTime::from_timestamp(s, 0));
    utc.map_or_else(
        || format!("{} s after 1970", since_1970.as_secs()),
        |utc| utc.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// All settings, starting with the ones needed to repeat the run.
pub(super) fn settings(measurement: &Measurement) -> Vec<Setting> {
    let Measurement {
        plan,
        place,
        window,
        ..
    } = measurement;
    let command = Setting {
        name: "command",
        value: place.command.clone(),
        is_code: true,
    };
    let machine_and_time = [
        ("kernel", place.kernel.clone()),
        ("version", place.program.clone()),
        ("begun", moment(window.begin)),
        ("measured for", time(window.elapsed)),
        ("seed", plan.seed.to_string()),
    ];
    let described = conditions::all(measurement).into_iter();
    let described = described.chain(machine_and_time).chain(of_run(plan));
    let described = described.map(|(name, value)| Setting {
        name,
        value,
        is_code: false,
    });
    [command].into_iter().chain(described).collect()
}

fn of_run(plan: &Plan) -> Vec<(&'static str, String)> {
    let length = match plan.length {
        Length::Duration { seconds } => duration::text(seconds),
        Length::Sessions { count: sessions } => format!("{} sessions", count(sessions)),
    };
    let sources = match plan.sources.to_string() {
        none if none.is_empty() => "chosen by the system".to_owned(),
        some => some,
    };
    vec![
        ("planned length", length),
        ("threads", plan.threads.to_string()),
        ("timeout", duration::text(plan.timeout)),
        ("source addresses", sources),
        ("clock may be off by", duration::text(plan.skew)),
        ("zone of the server", plan.zone.to_string()),
    ]
}
