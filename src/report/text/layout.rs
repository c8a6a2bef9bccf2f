//! Lines no wider than a terminal, labels and columns that stand in line, and colours if wanted.

use anstyle::AnsiColor;

/// The widest line, where a word is no longer.
const WIDTH: usize = 79;

/// The width of a label and the gap behind it.
const LABEL: usize = 11;

/// What the further lines of a paragraph begin with.
const INDENT: &str = "  ";

/// What stands between two columns.
const GAP: usize = 2;

/// How much a text may do to the terminal it is printed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Text and nothing else, as for a file.
    Plain,
    /// With colours, as for a terminal.
    Terminal,
}

impl Style {
    fn paint(self, tone: Tone, text: &str) -> String {
        let style = match (self, tone) {
            (Self::Plain, _) | (_, Tone::Plain) => return text.to_owned(),
            (_, Tone::Strong) => anstyle::Style::new().bold(),
            (_, Tone::Dim) => anstyle::Style::new().dimmed(),
            (_, Tone::Good) => AnsiColor::Green.on_default(),
            (_, Tone::Noted) => AnsiColor::Yellow.on_default(),
            (_, Tone::Bad) => AnsiColor::Red.on_default().bold(),
        };
        format!("{style}{text}{style:#}")
    }
}

/// What a piece of text is to the reader.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Tone {
    #[default]
    Plain,
    Strong,
    Dim,
    Good,
    Noted,
    Bad,
}

/// The lines of a text.
#[derive(Debug)]
pub(super) struct Page {
    style: Style,
    written: String,
}

impl Page {
    pub(super) fn new(style: Style) -> Self {
        let written = String::new();
        Self { style, written }
    }

    pub(super) fn finish(self) -> String {
        self.written
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.written.push('\n');
    }

    /// Text without a label; its further lines are indented.
    pub(super) fn paragraph(&mut self, tone: Tone, text: &str) {
        let mut indent = "";
        for line in wrapped(text, WIDTH - INDENT.len()) {
            let line = self.style.paint(tone, &line);
            self.line(&format!("{indent}{line}"));
            indent = INDENT;
        }
    }

    /// A label and what there is to say about it.
    pub(super) fn row(&mut self, label: &str, text: &str) {
        self.labelled(Tone::Plain, label, text);
    }

    /// The same, with a label that is coloured.
    pub(super) fn labelled(&mut self, tone: Tone, label: &str, text: &str) {
        let mut label = self.style.paint(tone, label) + &spaces(LABEL, label);
        for line in wrapped(text, WIDTH - LABEL) {
            self.line(&format!("{label}{line}"));
            label = spaces(LABEL, "");
        }
    }

    /// Rows of columns.
    pub(super) fn columns(&mut self, columns: &Columns) {
        let widths = columns.widths();
        for row in &columns.rows {
            let mut line = String::new();
            for (index, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let (text, room) = (
                    self.style.paint(cell.tone, &cell.text),
                    spaces(*width, &cell.text),
                );
                // Names stand to the left, figures to the right.
                line += &if index == 0 {
                    text + &room
                } else {
                    room + &text
                };
            }
            self.line(&line);
        }
    }

    fn line(&mut self, line: &str) {
        self.written.push_str(line.trim_end());
        self.written.push('\n');
    }
}

/// Rows of cells, as wide as the widest of their column.
#[derive(Debug, Default)]
pub(super) struct Columns {
    rows: Vec<Vec<Cell>>,
}

impl Columns {
    pub(super) fn row(&mut self, name: &str, cells: impl IntoIterator<Item = Cell>) {
        let cells = [Cell::from(name)].into_iter().chain(cells);
        self.rows.push(cells.collect());
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    fn widths(&self) -> Vec<usize> {
        let most = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            let gap = if column == 0 { 0 } else { GAP };
            gap + cells.map(|cell| width(&cell.text)).max().unwrap_or(0)
        };
        (0..most).map(width).collect()
    }
}

/// One figure of a row.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    tone: Tone,
    text: String,
}

impl Cell {
    pub(super) fn new(tone: Tone, text: String) -> Self {
        Self { tone, text }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::new(Tone::Plain, text.to_owned())
    }
}

/// What fills a text up to a width.
fn spaces(to: usize, text: &str) -> String {
    " ".repeat(to.saturating_sub(width(text)))
}

/// Every character that is printed here takes one column.
fn width(text: &str) -> usize {
    text.chars().count()
}

/// A text in lines of at most so many columns, a figure and what follows it on one line.
fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words(text) {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if width(line) + 1 + width(word) <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The pieces of a text that a line may end between: `1 830 good` is one.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut begin, mut last) = (0, ' ');
    for (at, character) in text.char_indices() {
        if character == ' ' && !last.is_ascii_digit() {
            words.extend(text.get(begin..at));
            begin = at + 1;
        }
        last = character;
    }
    words.extend(text.get(begin..));
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn wrapping_loses_nothing_and_keeps_the_width(text in "[a-z]{1,12}( [a-z]{1,12}){0,30}") {
            let lines = wrapped(&text, 20);
            prop_assert_eq!(lines.join(" "), text);
            prop_assert!(lines.iter().all(|line| width(line) <= 20));
        }
    }

    #[test]
    fn a_line_never_ends_within_a_figure() {
        let lines = wrapped("in all 1 234 567 good in 10 s", 12);
        assert_eq!(lines, ["in all", "1 234 567 good", "in 10 s"]);
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_whatever_its_colour() {
        let written = |style| {
            let mut columns = Columns::default();
            columns.row(
                "name",
                ["p50".into(), Cell::new(Tone::Dim, "~ 12.3 µs".to_owned())],
            );
            columns.row("a longer name", ["1".into(), "2".into()]);
            let mut page = Page::new(style);
            page.columns(&columns);
            page.finish()
        };
        let plain = written(Style::Plain);
        assert_eq!(
            plain,
            "name           p50  ~ 12.3 µs\na longer name    1          2\n"
        );
        let coloured = written(Style::Terminal);
        assert!(
            coloured.contains("\u{1b}[2m~ 12.3 µs\u{1b}[0m"),
            "{coloured:?}"
        );
        assert_eq!(
            coloured.replace("\u{1b}[2m", "").replace("\u{1b}[0m", ""),
            plain
        );
    }
}
