//! What is known of a server, drawn. More of it where there is more room; the least of it is gone
//! first where there is less.

mod advice;
mod figures;
mod flow;
mod foot;
mod palette;
mod sessions;
#[cfg(test)]
mod tests;
mod tiles;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;

use super::model::{Model, Seen};

pub(crate) use self::palette::Palette;

use self::flow::{flow, words};

/// From here on there are two columns.
const WIDE: u16 = 136;

/// The left one: a table of figures, and room for the sentences.
const LEFT: u16 = 72;

/// From here on there is an empty line between parts.
const HIGH: u16 = 34;

/// Tiles take no more than one line of so many.
const TILES_SHARE: u16 = 5;

/// Lines that are left to sessions, with their heading, when there are other things to show.
const SESSIONS_LEAST: usize = 3;

/// As text: wide as a page, and longer than a screen.
const PAGE: Rect = Rect::new(0, 0, 80, 200);

/// Draws the whole screen.
pub(crate) fn draw(model: &Model, palette: Palette, area: Rect, buffer: &mut Buffer) {
    let foot = foot::foot(model, palette, area.width.into());
    let footing = u16::try_from(foot.len())
        .unwrap_or(u16::MAX)
        .min(area.height);
    let [mut area, ground] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(footing)]).areas(area);
    put(foot, ground, buffer);
    if let Some(silence) = silence(model) {
        let lines = flow(words(&silence, palette.alarming()), " ", area.width.into());
        area = put(lines, area, buffer);
        if let Some(seen) = &model.seen {
            body(seen, palette, area, buffer);
        }
        buffer.set_style(area, palette.past());
    } else if let Some(seen) = &model.seen {
        area = put(
            figures::headline(seen, palette, area.width.into()),
            area,
            buffer,
        );
        body(seen, palette, area, buffer);
    }
}

/// A server at one moment as text.
pub(crate) fn text(seen: &Seen) -> String {
    let mut page = Buffer::empty(PAGE);
    let headline = figures::headline(seen, Palette::Plain, PAGE.width.into());
    let area = put(headline, PAGE, &mut page);
    body(seen, Palette::Plain, area, &mut page);
    let mut text = String::new();
    for row in page.content().chunks(PAGE.width.into()) {
        let row: String = row.iter().map(Cell::symbol).collect();
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Why there is nothing new to be seen, if there is not.
fn silence(model: &Model) -> Option<String> {
    match (&model.silence, &model.seen) {
        (None, Some(_)) => None,
        (None, None) => Some(format!("asking {}", model.address)),
        (Some(why), None) => Some(format!("no answer yet; trying again: {why}")),
        (Some(why), Some(Seen { at, .. })) => {
            Some(format!("no answer since {at}; trying again: {why}"))
        }
    }
}

/// Everything below the headline.
fn body(seen: &Seen, palette: Palette, area: Rect, buffer: &mut Buffer) {
    let server = &seen.status.server;
    let width = usize::from(area.width);
    let air = u16::from(area.height >= HIGH);
    let mut stack = Stack { area, air, buffer };
    stack.put(figures::identity(seen, palette, width));
    let mut workers = tiles::legend(server.workers, palette, width);
    let most = usize::from((area.height / TILES_SHARE).max(1));
    workers.extend(tiles::tiles(&server.pool, palette, width, most));
    stack.put(workers);
    if area.width < WIDE {
        stack.put_figures(seen, palette, SESSIONS_LEAST);
        let lines = stack.left();
        stack.put(sessions::sessions(seen, palette, width, lines));
    } else {
        let columns = [Constraint::Length(LEFT), Constraint::Fill(1)];
        let [left, right] = Layout::horizontal(columns).spacing(2).areas(stack.area);
        stack.area = left;
        stack.put_figures(seen, palette, 0);
        stack.area = right;
        let lines = stack.left();
        stack.put(sessions::sessions(seen, palette, right.width.into(), lines));
    }
}

/// Parts one below the other.
struct Stack<'a> {
    /// What is left of the room.
    area: Rect,
    /// Empty lines between parts.
    air: u16,
    buffer: &'a mut Buffer,
}

impl Stack<'_> {
    /// What is said in figures, in all but so many lines of what is left.
    fn put_figures(&mut self, seen: &Seen, palette: Palette, spared: usize) {
        let width = usize::from(self.area.width);
        self.put(figures::figures(seen, palette, width));
        let waits = advice::waits(seen, palette, width);
        if waits.len() <= self.left() {
            self.put(waits);
        }
        let lines = self.left().saturating_sub(spared);
        self.put(advice::what_if(seen, palette, width, lines));
    }

    fn put(&mut self, lines: Vec<Line<'static>>) {
        if !lines.is_empty() {
            self.area = below(put(lines, self.area, self.buffer), self.air);
        }
    }

    /// How many lines are left.
    fn left(&self) -> usize {
        self.area.height.into()
    }
}

/// Draws lines from the top of an area, as many as fit; what is left of it.
fn put(lines: Vec<Line<'static>>, area: Rect, buffer: &mut Buffer) -> Rect {
    for (line, row) in lines.iter().zip(area.rows()) {
        buffer.set_line(row.x, row.y, line, row.width);
    }
    below(area, u16::try_from(lines.len()).unwrap_or(u16::MAX))
}

/// An area without its first lines.
fn below(area: Rect, lines: u16) -> Rect {
    let lines = lines.min(area.height);
    Rect {
        y: area.y.saturating_add(lines),
        height: area.height.saturating_sub(lines),
        ..area
    }
}
