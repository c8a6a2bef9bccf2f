//! What is best read in columns: waits, what other numbers of workers would do, and sessions.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::figures::{UNKNOWN, age, count, time, whole_seconds};
use super::palette::{Palette, STRONG};
use crate::advise::{Advice, PoolFigures, WindowFigures};
use crate::commands::top::model::Seen;
use crate::observe::WorkerView;
use crate::report::figures;

/// Columns of a session besides its client: a worker, a state, a time, a count, and gaps.
const BESIDES_CLIENT: usize = 39;

/// Columns of a client: an IPv4 address with a port.
const CLIENT: usize = 21;

/// How long clients waited, and how long sessions were, in each of the spans that are kept.
pub(super) fn waits(seen: &Seen, palette: Palette) -> Vec<Line<'static>> {
    let mut lines = vec![heading(
        ["", "wait p50", "wait p99", "session p50", "session p99"],
        palette,
    )];
    let mut spans = Vec::new();
    for window in windows(seen) {
        let span = span(window);
        // A server that began lately has no more in a long span than in a short one.
        if spans.contains(&span) {
            continue;
        }
        let (wait, session) = (window.wait, window.session);
        let figures = [
            wait.p50_seconds,
            wait.p99_seconds,
            session.p50_seconds,
            session.p99_seconds,
        ];
        let [a, b, c, d] = figures.map(|it| known(it, time));
        lines.push(row([&span, &a, &b, &c, &d]).into());
        spans.push(span);
    }
    if spans.is_empty() { Vec::new() } else { lines }
}

/// What other numbers of workers would have done, in so many lines; those next to the present
/// number if not all fit.
pub(super) fn what_if(seen: &Seen, palette: Palette, lines: usize) -> Vec<Line<'static>> {
    let mut pools = windows(seen).map(|window| window.pools.as_slice());
    let pools = pools.find(|pools| !pools.is_empty()).unwrap_or_default();
    let fitting = lines.saturating_sub(1).min(pools.len());
    if fitting < 2 {
        return Vec::new();
    }
    let current = pools.iter().position(|pool| pool.is_current).unwrap_or(0);
    let first = current
        .saturating_sub(fitting / 2)
        .min(pools.len().saturating_sub(fitting));
    let head = [
        "had there been",
        "wait p50",
        "wait p99",
        "refused",
        "utilisation",
    ];
    let mut lines = vec![heading(head, palette)];
    for pool in pools.iter().skip(first).take(fitting) {
        let style = if pool.is_current {
            STRONG
        } else {
            Style::new()
        };
        lines.push(Span::styled(of_pool(pool), style).into());
    }
    lines
}

/// Sessions in so many lines, those first whose workers have been in their state for longest.
pub(super) fn sessions(
    seen: &Seen,
    palette: Palette,
    width: usize,
    lines: usize,
) -> Vec<Line<'static>> {
    let pool = &seen.status.server.pool;
    let held = |view: &WorkerView| Some((view.clone(), view.occupancy?));
    let mut sessions: Vec<_> = pool.iter().filter_map(held).collect();
    sessions.sort_by(|(a, _), (b, _)| b.since_seconds.total_cmp(&a.since_seconds));
    let fitting = lines.saturating_sub(1);
    if fitting == 0 || sessions.is_empty() {
        return Vec::new();
    }
    sessions.truncate(fitting);
    let longest = sessions
        .iter()
        .map(|(_, held)| held.client.to_string().len());
    let room = width.saturating_sub(BESIDES_CLIENT).max(CLIENT);
    let client = longest.max().unwrap_or(0).clamp(CLIENT, room);
    let head = ["worker", "client", "state", "for", "commands"];
    let mut lines = vec![Span::styled(session(head, client), palette.faint()).into()];
    for (view, held) in &sessions {
        let (worker, addr) = (view.worker.to_string(), held.client.to_string());
        let (since, commands) = (age(view.since_seconds), figures::count(held.commands));
        let cells = [&worker, &addr, view.state.name(), &since, &commands];
        lines.push(session(cells, client).into());
    }
    lines
}

fn session([worker, addr, state, since, commands]: [&str; 5], client: usize) -> String {
    format!("{worker:>6}  {addr:<client$.client$}  {state:<8} {since:>10} {commands:>9}")
}

fn windows(seen: &Seen) -> impl Iterator<Item = &WindowFigures> {
    let advice: Option<&Advice> = seen.status.advice.as_ref();
    let windows = advice.into_iter().flat_map(|advice| &advice.windows);
    windows.filter(|window| window.covered_seconds > 0.0)
}

/// How much of the time up to now a window is about.
fn span(window: &WindowFigures) -> String {
    format!("last {}", whole_seconds(window.covered_seconds.max(1.0)))
}

fn of_pool(pool: &PoolFigures) -> String {
    let word = if pool.is_current { "now" } else { "workers" };
    let workers = format!("{:>6} {word}", count(pool.workers));
    let wait = [pool.wait_p50_seconds, pool.wait_p99_seconds].map(|it| known(it, time));
    let share = [pool.refused_ratio, pool.utilisation_ratio].map(|it| known(it, figures::share));
    let ([p50, p99], [refused, utilisation]) = (&wait, &share);
    row([&workers, p50, p99, refused, utilisation])
}

fn known(figure: Option<f64>, write: fn(f64) -> String) -> String {
    figure.map_or_else(|| UNKNOWN.to_owned(), write)
}

fn heading(cells: [&str; 5], palette: Palette) -> Line<'static> {
    Span::styled(row(cells), palette.faint()).into()
}

fn row([first, a, b, c, d]: [&str; 5]) -> String {
    format!("{first:<14}{a:>10}{b:>10}{c:>12}{d:>12}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::top::sample;

    fn text(lines: &[Line<'_>]) -> Vec<String> {
        lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_pools_next_to_the_present_one_are_shown_where_not_all_fit() {
        let seen = sample::seen(8);
        let shown = |lines| -> Vec<usize> {
            let lines = text(&what_if(&seen, Palette::Plain, lines));
            let rows = lines.iter().skip(1);
            let workers = rows.map(|row| row.split_whitespace().next().unwrap().parse().unwrap());
            workers.collect()
        };
        assert_eq!(shown(9), [4, 6, 8, 12, 16]);
        assert_eq!(shown(4), [6, 8, 12]);
        assert_eq!(shown(3), [6, 8]);
        assert_eq!(shown(2), [0; 0]);
    }

    #[test]
    fn spans_that_are_the_same_so_far_are_told_once() {
        let mut seen = sample::seen(8);
        assert_eq!(text(&waits(&seen, Palette::Plain)).len(), 3);
        let advice = seen.status.advice.as_mut().unwrap();
        for window in &mut advice.windows {
            window.covered_seconds = 42.5;
        }
        let lines = text(&waits(&seen, Palette::Plain));
        assert_eq!(lines.len(), 2);
        assert!(lines[1].starts_with("last 42s "), "{lines:?}");
    }

    #[test]
    fn sessions_come_in_the_order_of_the_time_in_their_state() {
        let seen = sample::seen(8);
        let lines = text(&sessions(&seen, Palette::Plain, 60, 4));
        let clients: Vec<_> = lines.iter().map(|it| &it[8..24]).collect();
        assert_eq!(
            clients,
            [
                "client          ",
                "10.0.0.4:50004  ",
                "10.0.0.3:50003  ",
                "10.0.0.2:50002  "
            ]
        );
        assert!(
            lines.iter().all(|line| line.chars().count() <= 60),
            "{lines:?}"
        );
    }

    #[test]
    fn what_is_not_advised_has_no_table() {
        let seen = Seen::first(crate::observe::Status {
            advice: None,
            ..sample::status(8)
        });
        assert!(waits(&seen, Palette::Plain).is_empty());
        assert!(what_if(&seen, Palette::Plain, 9).is_empty());
    }
}
