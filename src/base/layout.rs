//! Text layout: lines of limited width, labels, aligned columns, and optional colours.

use anstyle::AnsiColor;

/// The least width that stays readable, and the greatest: on a longer line the eye loses the next line.
const READABLE: std::ops::RangeInclusive<usize> = 40..=100;

/// The width of a label, including the gap behind it.
const LABEL: usize = 11;

/// The indentation of the further lines of a paragraph.
const INDENT: &str = "  ";

/// The gap between two columns.
const GAP: usize = 2;

/// The control sequences that a text may contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Text only, as for a file.
    Plain,
    /// With colours, as for a terminal.
    Terminal,
}

/// The output device of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Medium {
    /// The control sequences that it takes.
    pub style: Style,
    /// Its number of columns. A word longer than a line is not cut.
    pub columns: usize,
}

/// A file; the width of its reader's screen is unknown.
impl Default for Medium {
    fn default() -> Self {
        Self {
            style: Style::Plain,
            columns: 80,
        }
    }
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

/// The meaning of a piece of text, which decides its colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Tone {
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
pub(crate) struct Page {
    style: Style,
    /// The most columns of a line.
    width: usize,
    written: String,
}

impl Page {
    pub(crate) fn new(medium: Medium) -> Self {
        let (least, most) = READABLE.into_inner();
        Self {
            style: medium.style,
            // Some terminals start a new line when the last column is filled.
            width: medium.columns.clamp(least, most) - 1,
            written: String::new(),
        }
    }

    pub(crate) fn finish(self) -> String {
        self.written
    }

    /// An empty line.
    pub(crate) fn gap(&mut self) {
        self.written.push('\n');
    }

    /// Text without a label; its further lines are indented.
    pub(crate) fn paragraph(&mut self, tone: Tone, text: &str) {
        let mut indent = "";
        for line in wrapped(text, self.width - INDENT.len()) {
            let line = self.style.paint(tone, &line);
            self.line(&format!("{indent}{line}"));
            indent = INDENT;
        }
    }

    /// A label and its text.
    pub(crate) fn row(&mut self, label: &str, text: &str) {
        self.labelled(Tone::Plain, label, text);
    }

    /// A label in the colour of a tone, and its text.
    pub(crate) fn labelled(&mut self, tone: Tone, label: &str, text: &str) {
        let mut label = self.style.paint(tone, label) + &spaces(LABEL, label);
        for line in wrapped(text, self.width - LABEL) {
            self.line(&format!("{label}{line}"));
            label = spaces(LABEL, "");
        }
    }

    /// Rows of columns. Columns that do not fit stand below the others.
    pub(crate) fn columns(&mut self, columns: &Columns) {
        let name = columns.name_width();
        let (mut first, mut left) = (0, columns.widths());
        while !left.is_empty() {
            let others = left.split_off(fitting(&left, self.width.saturating_sub(name)));
            if first > 0 {
                self.gap();
            }
            for row in &columns.rows {
                self.cells(row, name, first, &left);
            }
            first += left.len();
            left = others;
        }
    }

    /// The name of a row and its cells from `first` on, unless all of them are empty.
    fn cells(&mut self, row: &Row, name: usize, first: usize, widths: &[usize]) {
        let cells = || row.cells.iter().skip(first).zip(widths);
        if cells().all(|(cell, _)| cell.text.is_empty()) {
            return;
        }
        // Names are aligned left, figures right.
        let mut line = row.name.clone() + &spaces(name, &row.name);
        for (cell, width) in cells() {
            line += &spaces(*width, &cell.text);
            line += &self.style.paint(cell.tone, &cell.text);
        }
        self.line(&line);
    }

    fn line(&mut self, line: &str) {
        self.written.push_str(line.trim_end());
        self.written.push('\n');
    }
}

/// Rows of cells. Each column is as wide as its widest cell.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: String,
    cells: Vec<Cell>,
}

impl Columns {
    pub(crate) fn row(&mut self, name: &str, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(Row {
            name: name.to_owned(),
            cells: cells.into_iter().collect(),
        });
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    fn name_width(&self) -> usize {
        let names = self.rows.iter().map(|row| width(&row.name));
        names.max().unwrap_or(0)
    }

    /// The width of each column, including the gap before it.
    fn widths(&self) -> Vec<usize> {
        let most = self.rows.iter().map(|row| row.cells.len()).max();
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.cells.get(column));
            GAP + cells.map(|cell| width(&cell.text)).max().unwrap_or(0)
        };
        (0..most.unwrap_or(0)).map(width).collect()
    }
}

/// The number of columns that fit beside each other, at least one.
fn fitting(widths: &[usize], room: usize) -> usize {
    let ends = widths.iter().scan(0, |end, width| {
        *end += width;
        Some(*end)
    });
    ends.take_while(|end| *end <= room).count().max(1)
}

/// One figure of a row.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    tone: Tone,
    text: String,
}

impl Cell {
    pub(crate) fn new(tone: Tone, text: String) -> Self {
        Self { tone, text }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::new(Tone::Plain, text.to_owned())
    }
}

/// The blanks that fill a text up to a width.
fn spaces(to: usize, text: &str) -> String {
    " ".repeat(to.saturating_sub(width(text)))
}

/// The columns of a text. Every character printed here takes one column.
fn width(text: &str) -> usize {
    text.chars().count()
}

/// Wraps a text at `most` columns. A figure stays with the word after it; a longer word is not cut.
pub fn wrapped(text: &str, most: usize) -> Vec<String> {
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

/// The unbreakable pieces of a text: `1 830 good` is one, and so is `≥ 5 ms`.
pub fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut begin, mut last) = (0, ' ');
    for (at, character) in text.char_indices() {
        let is_bound = last.is_ascii_digit() || matches!(last, '≥' | '~');
        if character == ' ' && !is_bound {
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
        let lines = wrapped("in half, p99 ≥ 5 s", 12);
        assert_eq!(lines, ["in half,", "p99 ≥ 5 s"]);
    }

    #[test]
    fn columns_without_room_stand_below_the_others_without_the_rows_they_are_empty_in() {
        let mut columns = Columns::default();
        let cells = |text: [&str; 3]| text.map(Cell::from);
        columns.row("latency", cells(["p50", "p99", "max"]));
        columns.row("from intended start", cells(["1", "2", "3"]));
        columns.row("connect", cells(["4", "5", ""]));
        let mut page = Page::new(Medium::default());
        page.width = 30;
        page.columns(&columns);
        let expected = [
            "latency              p50  p99",
            "from intended start    1    2",
            "connect                4    5",
            "",
            "latency              max",
            "from intended start    3",
            "",
        ];
        assert_eq!(page.finish(), expected.join("\n"));
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_whatever_its_colour() {
        let written = |style| {
            let medium = Medium {
                style,
                ..Medium::default()
            };
            let mut columns = Columns::default();
            columns.row(
                "name",
                ["p50".into(), Cell::new(Tone::Dim, "~ 12.3 µs".to_owned())],
            );
            columns.row("a longer name", ["1".into(), "2".into()]);
            let mut page = Page::new(medium);
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
