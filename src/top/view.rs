//! The drawing of the view. With more room it shows more; with less, the least important parts go first.

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

/// The least width for two columns.
const WIDE: u16 = 136;

/// The width of the left column: a table of figures, and room for sentences.
const LEFT: u16 = 72;

/// The least height for an empty line between parts.
const HIGH: u16 = 34;

/// Tiles take at most one line of this number of lines.
const TILES_SHARE: u16 = 5;

/// Lines reserved for sessions, with their heading, beside other parts.
const SESSIONS_LEAST: usize = 3;

/// The area of the text form: as wide as a page, and longer than a screen.
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

/// One status as text.
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

/// The reason why there is no new status, if so.
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

/// Parts in vertical order.
struct Stack<'a> {
    /// The area that is still free.
    area: Rect,
    /// Empty lines between parts.
    air: u16,
    buffer: &'a mut Buffer,
}

impl Stack<'_> {
    /// Draws the figures, and leaves `spared` lines free.
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

    /// The number of free lines.
    fn left(&self) -> usize {
        self.area.height.into()
    }
}

/// Draws the lines that fit at the top of an area, and returns the rest of the area.
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
