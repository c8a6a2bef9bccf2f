//! What is added up, or carried over, when runs are merged.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Together;
use crate::load::result::{Backlog, ClientSide, End, Measurement, Place, Second};

/// The place of the first, and everybody's command lines.
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

/// The seconds of all, at their distance from the first beginning to half a second. What was
/// measured after another run had ended stays apart from it.
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

/// One second of two runs: what adds up, and the longest.
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

/// What the clients cost, thread by thread. How evenly sessions began is not known of several.
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
        // Of one machine these are the same ports, and of several the fewer are the limit.
        all.ports = match all.ports {
            0 => *ports,
            before => before.min(*ports),
        };
    }
    all
}

/// What the kernel said. Runs at one time have heard of the same dropped handshakes.
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

/// As planned only if all of them were.
pub(super) fn end(measured: &[Measurement]) -> End {
    let was_cut = measured.iter().any(|run| run.end == End::Interrupted);
    if was_cut {
        End::Interrupted
    } else {
        End::Planned
    }
}
