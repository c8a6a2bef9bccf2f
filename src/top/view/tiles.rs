//! A tile for each worker, with a colour and letter for its state, and the legend.

use ratatui::text::{Line, Span};

use super::figures::count;
use super::flow::flow;
use super::palette::{Palette, STRONG};
use crate::observe::{State, WorkerView, Workers};

/// The meaning of each letter, and its number of workers.
pub(crate) fn legend(workers: Workers, palette: Palette, width: usize) -> Vec<Line<'static>> {
    let Workers { wanted, states } = workers;
    let noun = if wanted == 1 { "worker" } else { "workers" };
    let all = Span::styled(format!("{} {noun}", count(wanted)), STRONG);
    let each = State::ALL.iter().map(|state| {
        let letter = Span::styled(letter(*state), palette.state(*state));
        let rest = format!(" {} {}", count(*states.of(*state)), state.name());
        Line::from(vec![letter, rest.into()])
    });
    let there = states.idle.saturating_add(states.occupied());
    let to_retire = there.checked_sub(wanted).filter(|more| *more > 0);
    let to_retire = to_retire.map(|more| format!("{} to retire", count(more)).into());
    let items = std::iter::once(all.into()).chain(each).chain(to_retire);
    flow(items, "  ", width)
}

/// The tiles in at most this number of lines: two columns a worker, one column, or one column for several.
pub(crate) fn tiles(
    pool: &[WorkerView],
    palette: Palette,
    width: usize,
    lines: usize,
) -> Vec<Line<'static>> {
    let room = width.saturating_mul(lines);
    if pool.len().saturating_mul(2) <= room {
        let of_one = |worker: &WorkerView| tile(worker.state, 2, palette);
        return rows(pool.iter().map(of_one), width / 2);
    }
    if pool.len() <= room {
        let of_one = |worker: &WorkerView| tile(worker.state, 1, palette);
        return rows(pool.iter().map(of_one), width);
    }
    // The last line is for the legend.
    let room = width.saturating_mul(lines.saturating_sub(1).max(1));
    let several = pool.len().div_ceil(room.max(1));
    let of_several = |workers: &[WorkerView]| {
        let busiest = workers.iter().map(|it| it.state).max_by_key(|it| busy(*it));
        tile(busiest.unwrap_or(State::Idle), 1, palette)
    };
    let mut lines = rows(pool.chunks(several).map(of_several), width);
    let meaning = format!("each letter is the busiest of {several} workers");
    lines.push(Span::styled(meaning, palette.faint()).into());
    lines
}

fn rows(tiles: impl Iterator<Item = Span<'static>>, in_a_row: usize) -> Vec<Line<'static>> {
    let tiles: Vec<_> = tiles.collect();
    let rows = tiles.chunks(in_a_row.max(1));
    rows.map(|row| Line::from(row.to_vec())).collect()
}

fn tile(state: State, columns: usize, palette: Palette) -> Span<'static> {
    let letter = letter(state);
    Span::styled(format!("{letter:<columns$}"), palette.state(state))
}

fn letter(state: State) -> &'static str {
    match state {
        State::Idle => "·",
        State::Awaiting => "a",
        State::Reading => "r",
        State::Working => "#",
        State::Writing => "w",
    }
}

/// The rank of a state: a tile for several workers shows the busiest.
fn busy(state: State) -> u8 {
    match state {
        State::Idle => 0,
        State::Awaiting => 1,
        State::Reading => 2,
        State::Writing => 3,
        State::Working => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::top::sample;

    fn drawn(workers: usize, width: usize, lines: usize) -> Vec<String> {
        let status = sample::status(workers);
        let tiles = tiles(&status.server.pool, Palette::Plain, width, lines);
        tiles.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_worker_has_two_columns_where_there_is_room_and_one_where_there_is_less() {
        assert_eq!(drawn(8, 16, 1), ["a r # w · · · · "]);
        assert_eq!(drawn(8, 15, 1), ["ar#w····"]);
        assert_eq!(drawn(8, 4, 2), ["ar#w", "····"]);
    }

    #[test]
    fn a_tile_for_several_workers_shows_the_busiest_of_them() {
        let meaning = "each letter is the busiest of 2 workers";
        assert_eq!(drawn(8, 4, 2), ["ar#w", "····"]);
        assert_eq!(drawn(8, 5, 1), ["r#··", meaning]);
        assert_eq!(drawn(100, 20, 2).len(), 2);
        assert_eq!(
            drawn(100, 20, 2)[1],
            "each letter is the busiest of 5 workers"
        );
    }

    #[test]
    fn no_room_at_all_makes_nothing_panic() {
        for (workers, width, lines) in [(0, 0, 0), (8, 0, 0), (8, 1, 0), (8, 0, 1), (0, 9, 9)] {
            drawn(workers, width, lines);
        }
    }

    #[test]
    fn the_legend_says_how_many_there_are_of_each() {
        let mut workers = sample::status(8).server.workers;
        let drawn = |workers, width| -> Vec<String> {
            let lines = legend(workers, Palette::Plain, width);
            lines.iter().map(ToString::to_string).collect()
        };
        assert_eq!(
            drawn(workers, 80),
            ["8 workers  · 4 idle  a 1 awaiting  r 1 reading  # 1 working  w 1 writing"]
        );
        workers.wanted = 6;
        assert_eq!(drawn(workers, 40).last().unwrap(), "2 to retire");
    }
}
