//! The sums of merged runs: seconds, client figures, backlog.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Together;
use crate::load::result::{Backlog, ClientSide, End, Measurement, Place, Second};

/// The place of the first run, with the command lines of all.
pub(super) fn place(first: &Measurement, measured: &[Measurement]) -> Place {
    let mut commands: Vec<&str> = Vec::new();
    for run in measured {
        if !commands.contains(&run.place.command.as_str()) {
            commands.push(&run.place.command);
        }
    }
    Place {
        command: commands.join("; "),
        ..first.place.clone()
    }
}

/// The seconds of all runs, by their distance from the first start, rounded to a second. A run that
/// began after the others had ended shares no second with them.
pub(super) fn seconds(measured: &[Measurement]) -> Vec<Second> {
    let mut in_order: Vec<&Measurement> = measured.iter().collect();
    in_order.sort_by_key(|run| run.window.begin);
    let begin = in_order
        .first()
        .map_or(Duration::ZERO, |run| run.window.begin);
    let mut all: BTreeMap<u32, Second> = BTreeMap::new();
    let mut last_end = Duration::ZERO;
    for run in in_order {
        let mut offset = whole_seconds(run.window.begin.saturating_sub(begin));
        if run.window.begin >= last_end {
            let free = all
                .last_key_value()
                .map_or(0, |(at, _)| at.saturating_add(1));
            offset = offset.max(free);
        }
        last_end = last_end.max(run.window.end());
        for second in &run.seconds {
            let at = second.at.saturating_add(offset);
            let joined = match all.remove(&at) {
                Some(before) => both(before, *second),
                None => Second { at, ..*second },
            };
            all.insert(at, joined);
        }
    }
    all.into_values().collect()
}

fn whole_seconds(time: Duration) -> u32 {
    let rounded = time.saturating_add(Duration::from_millis(500)).as_secs();
    u32::try_from(rounded).unwrap_or(u32::MAX)
}

/// One second of two runs: the sums, and the longest time.
fn both(a: Second, b: Second) -> Second {
    let mut ended = a.ended;
    ended.add(b.ended);
    Second {
        at: a.at,
        length: a.length.max(b.length),
        started: a.started + b.started,
        ended,
        max_ns: a.max_ns.max(b.max_ns),
        ..Second::default()
    }
}

/// The load tester's figures, thread by thread. The evenness of session starts is not known for several runs.
pub(super) fn client(measured: &[Measurement]) -> ClientSide {
    let mut all = ClientSide::default();
    for ClientSide {
        busy,
        delayed,
        spun,
        idle_seconds,
        before_seconds,
        after_seconds,
        clients,
        scheduled,
        dispersion: _,
        poisson_p: _,
        starved,
        ports,
    } in measured.iter().map(|run| &run.client)
    {
        all.busy.extend(busy);
        all.delayed.extend(delayed);
        all.spun.extend(spun);
        all.idle_seconds += idle_seconds;
        all.before_seconds += before_seconds;
        all.after_seconds += after_seconds;
        all.clients += clients;
        all.scheduled += scheduled;
        all.starved += starved;
        // Runs on one machine share these ports; of several machines the lowest number is the limit.
        all.ports = match all.ports {
            0 => *ports,
            before => before.min(*ports),
        };
    }
    all
}

/// The backlog figures. Runs at one time have counted one set of dropped handshakes.
pub(super) fn backlog(measured: &[Measurement], together: Together) -> Backlog {
    let all = measured.iter().map(|run| run.backlog);
    all.reduce(|a, b| Backlog {
        retried: a.retried + b.retried,
        overflows: a.overflows.zip(b.overflows).map(|(a, b)| match together {
            Together::Apart => a + b,
            Together::SideBySide | Together::Shards => a.max(b),
        }),
    })
    .unwrap_or_default()
}

/// As planned only if all runs ended so.
pub(super) fn end(measured: &[Measurement]) -> End {
    let was_cut = measured.iter().any(|run| run.end == End::Interrupted);
    if was_cut {
        End::Interrupted
    } else {
        End::Planned
    }
}
