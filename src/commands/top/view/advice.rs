//! What the server advises, in columns: how long clients waited, and what would have been.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::figures::{UNKNOWN, count, time, whole_seconds};
use super::palette::{Palette, STRONG};
use crate::advise::{PoolFigures, WindowFigures};
use crate::commands::top::model::Seen;
use crate::report::figures;

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

fn windows(seen: &Seen) -> impl Iterator<Item = &WindowFigures> {
    let advice = seen.status.advice.iter();
    let windows = advice.flat_map(|advice| &advice.windows);
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
    fn what_is_not_advised_has_no_table() {
        let seen = Seen::first(crate::observe::Status {
            advice: None,
            ..sample::status(8)
        });
        assert!(waits(&seen, Palette::Plain).is_empty());
        assert!(what_if(&seen, Palette::Plain, 9).is_empty());
    }
}
