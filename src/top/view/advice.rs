//! The advice in columns: the clients' waits, and the what-if pools.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::figures::{UNKNOWN, count, time, whole_seconds};
use super::palette::{Palette, STRONG};
use crate::base::figures;
use crate::top::model::Seen;
use crate::whatif::{PoolFigures, WindowFigures};

/// Columns of the first field of a line, and of each figure.
const FIRST: usize = 14;
const FIGURES: [usize; 4] = [10, 10, 12, 12];

/// The figures shown with enough room, and with less.
const ALL: [bool; 4] = [true; 4];
const WAITS: [bool; 4] = [false, true, false, true];
const WHAT_IF: [bool; 4] = [false, true, true, false];

/// Queue waits and session lengths, for each recorded span.
pub(crate) fn waits(seen: &Seen, palette: Palette, width: usize) -> Vec<Line<'static>> {
    let shown = fitting(WAITS, width);
    let head = ["", "wait p50", "wait p99", "session p50", "session p99"];
    let mut lines = vec![heading(row(head, shown), palette)];
    let mut spans = Vec::new();
    for window in windows(seen) {
        let span = span(window);
        // A server that started recently has equal data in a long span and a short one.
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
        lines.push(row([&span, &a, &b, &c, &d], shown).into());
        spans.push(span);
    }
    if spans.is_empty() { Vec::new() } else { lines }
}

/// The what-if pools in at most this number of lines. If not all fit, the pools nearest to the present size
/// stay.
pub(crate) fn what_if(
    seen: &Seen,
    palette: Palette,
    width: usize,
    lines: usize,
) -> Vec<Line<'static>> {
    let shown = fitting(WHAT_IF, width);
    let mut pools = windows(seen).map(|window| window.pools.as_slice());
    let pools = pools.find(|pools| !pools.is_empty()).unwrap_or_default();
    let rows = lines.saturating_sub(1).min(pools.len());
    if rows < 2 {
        return Vec::new();
    }
    let current = pools.iter().position(|pool| pool.is_current).unwrap_or(0);
    let first = current
        .saturating_sub(rows / 2)
        .min(pools.len().saturating_sub(rows));
    let head = [
        "had there been",
        "wait p50",
        "wait p99",
        "refused",
        "utilisation",
    ];
    let mut lines = vec![heading(row(head, shown), palette)];
    for pool in pools.iter().skip(first).take(rows) {
        let style = if pool.is_current {
            STRONG
        } else {
            Style::new()
        };
        lines.push(Span::styled(of_pool(pool, shown), style).into());
    }
    lines
}

fn windows(seen: &Seen) -> impl Iterator<Item = &WindowFigures> {
    let advice = seen.status.advice.iter();
    let windows = advice.flat_map(|advice| &advice.windows);
    windows.filter(|window| window.covered_seconds > 0.0)
}

/// The part of the recent past that a window covers.
fn span(window: &WindowFigures) -> String {
    format!("last {}", whole_seconds(window.covered_seconds.max(1.0)))
}

fn of_pool(pool: &PoolFigures, shown: [bool; 4]) -> String {
    let word = match pool.workers {
        _ if pool.is_current => "now",
        1 => "worker",
        _ => "workers",
    };
    let workers = format!("{:>6} {word}", count(pool.workers));
    let wait = [pool.wait_p50_seconds, pool.wait_p99_seconds].map(|it| known(it, time));
    let share = [pool.refused_ratio, pool.utilisation_ratio].map(|it| known(it, figures::share));
    let ([p50, p99], [refused, utilisation]) = (&wait, &share);
    row([&workers, p50, p99, refused, utilisation], shown)
}

fn known(figure: Option<f64>, write: fn(f64) -> String) -> String {
    figure.map_or_else(|| UNKNOWN.to_owned(), write)
}

fn heading(row: String, palette: Palette) -> Line<'static> {
    Span::styled(row, palette.faint()).into()
}

/// All figures if the screen is wide enough for them, otherwise these.
fn fitting(these: [bool; 4], width: usize) -> [bool; 4] {
    let all = FIGURES.iter().fold(FIRST, |sum, width| sum + width);
    if all <= width { ALL } else { these }
}

fn row([first, figures @ ..]: [&str; 5], shown: [bool; 4]) -> String {
    let first = std::iter::once(format!("{first:<FIRST$}"));
    let figures = figures.into_iter().zip(FIGURES).zip(shown);
    let shown = figures.filter(|(_, is_shown)| *is_shown);
    let shown = shown.map(|((figure, width), _)| format!("{figure:>width$}"));
    first.chain(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::top::sample;

    fn text(lines: &[Line<'_>]) -> Vec<String> {
        lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_pools_next_to_the_present_one_are_shown_where_not_all_fit() {
        let seen = sample::seen(8);
        let shown = |lines| -> Vec<usize> {
            let lines = text(&what_if(&seen, Palette::Plain, 80, lines));
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
        assert_eq!(text(&waits(&seen, Palette::Plain, 80)).len(), 3);
        let advice = seen.status.advice.as_mut().unwrap();
        for window in &mut advice.windows {
            window.covered_seconds = 42.5;
        }
        let lines = text(&waits(&seen, Palette::Plain, 80));
        assert_eq!(lines.len(), 2);
        assert!(lines[1].starts_with("last 42s "), "{lines:?}");
    }

    #[test]
    fn a_narrow_screen_has_whole_columns_and_fewer_of_them() {
        let seen = sample::seen(8);
        let waits = text(&waits(&seen, Palette::Plain, 40));
        let what_if = text(&what_if(&seen, Palette::Plain, 40, 9));
        for lines in [&waits, &what_if] {
            assert!(
                lines.iter().all(|line| line.chars().count() <= 40),
                "{lines:?}"
            );
        }
        let heads = |lines: &[String]| lines[0].split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(heads(&waits), "wait p99 session p99");
        assert_eq!(heads(&what_if), "had there been wait p99 refused");
    }

    #[test]
    fn what_is_not_advised_has_no_table() {
        let seen = Seen::first(crate::observe::Status {
            advice: None,
            ..sample::status(8)
        });
        assert!(waits(&seen, Palette::Plain, 80).is_empty());
        assert!(what_if(&seen, Palette::Plain, 80, 9).is_empty());
    }
}
