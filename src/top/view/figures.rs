//! The status of a server in words and figures.

use std::time::Duration;

use ratatui::style::Style;
use ratatui::text::Line;

use super::flow::{flow, labelled, words};
use super::palette::{Palette, STRONG};
use crate::base::figures;
use crate::observe::{LedgerView, QueueView, Status};
use crate::top::model::Seen;
use crate::top::rates::Span;

/// The text of an unknown figure.
pub(crate) const UNKNOWN: &str = "-";

/// The main sentence: the change to make, or whether there is a problem.
pub(crate) fn headline(seen: &Seen, palette: Palette, width: usize) -> Vec<Line<'static>> {
    let status = &seen.status;
    let (sentence, style) = match &seen.status.advice {
        Some(advice) if advice.holds => (advice.sentence.clone(), STRONG),
        Some(advice) => (advice.sentence.clone(), Style::new()),
        _ if status.readiness.ready => (readiness(status), STRONG),
        _ => (readiness(status), palette.alarming()),
    };
    flow(words(&sentence, style), " ", width)
}

/// The name and the state of the server.
pub(crate) fn identity(seen: &Seen, palette: Palette, width: usize) -> Vec<Line<'static>> {
    let status = &seen.status;
    let listen: Vec<_> = status
        .server
        .listen
        .iter()
        .map(ToString::to_string)
        .collect();
    let uptime = whole_seconds(status.uptime_seconds);
    let (version, life) = (&status.version, status.server.life.name());
    let mut text = format!(
        "jamd {version} on {}, up {uptime}, {life}",
        listen.join(", ")
    );
    // Otherwise the readiness is obvious, or is the headline.
    if !status.readiness.ready && seen.status.advice.is_some() {
        text.push_str(", ");
        text.push_str(&readiness(status));
    }
    let style = if status.readiness.ready {
        palette.faint()
    } else {
        palette.alarming()
    };
    flow(words(&text, style), " ", width)
}

/// The figures of workers, queue and clients, a line each with a label.
pub(crate) fn figures(seen: &Seen, palette: Palette, width: usize) -> Vec<Line<'static>> {
    let server = &seen.status.server;
    let lines = [
        ("workers", occupied(seen)),
        ("queue", queue(server.queue)),
        ("traffic", traffic(seen)),
        ("refused", refused(seen)),
        ("ledger", ledger(&server.ledger)),
    ];
    let line = |(label, text): (_, String)| labelled(label, palette.faint(), &text, width);
    lines.into_iter().flat_map(line).collect()
}

fn readiness(status: &Status) -> String {
    let word = if status.readiness.ready {
        "ready"
    } else {
        "not ready"
    };
    format!("{word}: {}", status.readiness.reason)
}

fn occupied(seen: &Seen) -> String {
    let workers = seen.status.server.workers;
    let occupied = workers.states.occupied();
    let there = workers.states.idle.saturating_add(occupied);
    let occupied = format!("{} of {} occupied", count(occupied), count(there));
    match seen.pace.waiting {
        Some(share) => {
            let span = match seen.pace.span {
                Span::Lately => "",
                Span::SinceStart => " so far",
            };
            format!(
                "{occupied}, {:.0} % waiting for clients{span}",
                share * 100.0
            )
        }
        None => occupied,
    }
}

fn queue(queue: QueueView) -> String {
    let QueueView {
        depth,
        capacity,
        high_water,
        oldest_seconds,
    } = queue;
    let oldest = match depth {
        0 => String::new(),
        _ => format!(", oldest {}", time(oldest_seconds)),
    };
    let [depth, capacity, high_water] = [depth, capacity, high_water].map(count);
    format!("{depth} of {capacity}{oldest}, at most {high_water} so far")
}

fn traffic(seen: &Seen) -> String {
    let sessions = figures::significant(seen.pace.sessions);
    let commands = figures::significant(seen.pace.commands);
    let span = match seen.pace.span {
        Span::Lately => "",
        Span::SinceStart => " since the start",
    };
    format!("{sessions} sessions/s, {commands} commands/s{span}")
}

fn refused(seen: &Seen) -> String {
    let rates = seen.pace.refused.iter();
    let rates: Vec<_> = rates
        .map(|(reason, rate)| format!("{}/s {reason}", figures::significant(*rate)))
        .collect();
    if rates.is_empty() {
        "none".into()
    } else {
        rates.join(", ")
    }
}

/// The ledger as a sum. Zero parts are left out, except the served sessions.
fn ledger(ledger: &LedgerView) -> String {
    let parts = [
        ("served", &ledger.served),
        ("refused", &ledger.refused),
        ("closed", &ledger.closed),
        ("failed", &ledger.failed),
    ];
    let mut open = ledger.accepted.saturating_sub(ledger.probes);
    let mut sum = Vec::new();
    for (name, counts) in parts {
        let total = counts.values().copied().fold(0, u64::saturating_add);
        open = open.saturating_sub(total);
        let happened = counts.iter().filter(|(_, count)| **count > 0);
        let each: Vec<_> = happened
            .map(|(reason, count)| format!("{} {reason}", figures::count(*count)))
            .collect();
        if !each.is_empty() {
            let total = figures::count(total);
            sum.push(format!("{total} {name} ({})", each.join(", ")));
        } else if name == "served" {
            sum.push("0 served".to_owned());
        }
    }
    if ledger.probes > 0 {
        sum.push(format!("{} probes", figures::count(ledger.probes)));
    }
    sum.push(format!("{} open", figures::count(open)));
    let accepted = figures::count(ledger.accepted);
    format!("{accepted} accepted = {}", sum.join(" + "))
}

/// A count of items.
pub(crate) fn count(count: usize) -> String {
    figures::count(u64::try_from(count).unwrap_or(u64::MAX))
}

/// A measured length of time.
pub(crate) fn time(seconds: f64) -> String {
    match Duration::try_from_secs_f64(seconds) {
        Ok(Duration::ZERO) => "0 s".to_owned(),
        Ok(time) => figures::time(time),
        Err(_) => UNKNOWN.to_owned(),
    }
}

/// A length of time that still grows.
pub(crate) fn age(seconds: f64) -> String {
    if (0.0..100.0).contains(&seconds) {
        format!("{seconds:.1} s")
    } else {
        whole_seconds(seconds)
    }
}

/// A length of time in whole seconds.
pub(crate) fn whole_seconds(seconds: f64) -> String {
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) => figures::elapsed(time),
        Err(_) => UNKNOWN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::top::sample;

    #[test]
    fn the_ledger_balances_with_the_sessions_that_are_open() {
        let view = sample::status(8).server.ledger;
        assert_eq!(
            ledger(&view),
            "2 100 accepted = 2 000 served (2 000 quit) + 7 refused (7 queue full) + 93 open"
        );
    }

    #[test]
    fn figures_of_a_quiet_server_say_so() {
        let mut status = sample::status(8);
        status.server.queue.depth = 0;
        status.server.ledger.refused.clear();
        let seen = Seen::first(status);
        assert_eq!(refused(&seen), "none");
        assert_eq!(
            queue(seen.status.server.queue),
            "0 of 1 024, at most 12 so far"
        );
    }

    #[test]
    fn no_length_of_time_makes_it_panic() {
        for (seconds, measured, so_far) in [
            (0.0, "0 s", "0.0 s"),
            (0.75, "750 ms", "0.8 s"),
            (3725.5, "3 726 s", "1h 2m 5s"),
            (-1.0, UNKNOWN, UNKNOWN),
            (f64::NAN, UNKNOWN, UNKNOWN),
            (1e300, UNKNOWN, UNKNOWN),
        ] {
            assert_eq!((&*time(seconds), &*age(seconds)), (measured, so_far));
        }
    }
}
