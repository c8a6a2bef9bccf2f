//! The open sessions, a line each.

use ratatui::text::{Line, Span};

use super::figures::age;
use super::palette::Palette;
use crate::base::figures;
use crate::top::model::Seen;

/// Columns of a session without its client: a worker, a state, a time, a count, and gaps.
const BESIDES_CLIENT: usize = 39;

/// Columns of a client: an IPv4 address with a port.
const CLIENT: usize = 21;

/// Columns of a session with a client of the least width: complete, and without its count.
const WHOLE: usize = BESIDES_CLIENT + CLIENT;
const WITHOUT_COUNT: usize = WHOLE - 10;

/// Sessions in at most this number of lines, longest time in one state first.
pub(crate) fn sessions(
    seen: &Seen,
    palette: Palette,
    width: usize,
    lines: usize,
) -> Vec<Line<'static>> {
    let pool = &seen.status.server.pool;
    let mut sessions: Vec<_> = pool
        .iter()
        .filter_map(|view| Some((view, view.occupancy?)))
        .collect();
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
    let mut lines = vec![Span::styled(session(head, client, width), palette.faint()).into()];
    for (view, held) in &sessions {
        let (worker, addr) = (view.worker.to_string(), held.client.to_string());
        let (since, commands) = (age(view.since_seconds), figures::count(held.commands));
        let cells = [&worker, &addr, view.state.name(), &since, &commands];
        lines.push(session(cells, client, width).into());
    }
    lines
}

/// A narrow screen drops the count, then the state, because the reader looks for clients that stay long.
fn session(
    [worker, addr, state, since, commands]: [&str; 5],
    client: usize,
    width: usize,
) -> String {
    let whose = format!("{worker:>6}  {addr:<client$.client$}");
    match width {
        WHOLE.. => format!("{whose}  {state:<8} {since:>10} {commands:>9}"),
        WITHOUT_COUNT.. => format!("{whose}  {state:<8} {since:>10}"),
        _ => format!("{whose} {since:>10}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::top::sample;

    #[test]
    fn sessions_come_in_the_order_of_the_time_in_their_state() {
        let seen = sample::seen(8);
        let lines = sessions(&seen, Palette::Plain, 60, 4);
        let lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
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
    fn a_narrow_screen_has_whole_columns_and_fewer_of_them() {
        let seen = sample::seen(8);
        for (width, ends) in [
            (60, "commands"),
            (59, "for"),
            (50, "for"),
            (49, "for"),
            (40, "for"),
        ] {
            let lines = sessions(&seen, Palette::Plain, width, 4);
            let lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
            assert!(lines[0].ends_with(ends), "{lines:?}");
            assert_eq!(lines[0].contains("state"), width >= 50, "{lines:?}");
            let fits = |line: &String| line.chars().count() <= width;
            assert!(lines.iter().all(fits), "{width}: {lines:?}");
        }
    }
}
