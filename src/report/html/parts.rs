//! The building blocks of all HTML reports; `parts.html` renders them.

use std::time::Duration;

use serde::Serialize;

use crate::base::Percentile;
use crate::base::figures;
use crate::report::plot::{Plot, Size};

/// The text in place of a missing figure.
pub(in crate::report) const NOTHING: &str = "–";

/// The tone of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Mood {
    /// A passed check.
    Passed,
    /// A remark worth knowing.
    Noted,
    /// A failed check.
    Failed,
}

/// A reservation, shown before everything else.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Banner {
    class: &'static str,
    word: String,
    reason: String,
}

/// One line in a list of checks.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Line {
    class: &'static str,
    sign: &'static str,
    word: &'static str,
    name: String,
    evidence: String,
}

/// A table: its name, its columns and its named rows.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Table {
    pub(in crate::report) caption: &'static str,
    /// The heading of the row names; empty where it is obvious.
    pub(in crate::report) corner: &'static str,
    /// A remark needed to read the table.
    pub(in crate::report) remark: String,
    pub(in crate::report) columns: Vec<&'static str>,
    pub(in crate::report) rows: Vec<Row>,
}

/// One row of a table.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Row {
    name: String,
    class: &'static str,
    cells: Vec<Cell>,
}

/// One figure.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Cell {
    text: String,
    /// Whether too few sessions make the figure unreliable.
    is_thin: bool,
}

/// A plot with its heading and caption.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Figure {
    heading: &'static str,
    /// The description of the plot.
    caption: String,
    /// The picture for a wide page; empty if there was nothing to plot.
    wide: String,
    /// The picture for a phone.
    narrow: String,
}

/// One of the conditions.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Setting {
    pub(in crate::report) name: &'static str,
    pub(in crate::report) value: String,
    /// Whether the value is code to type.
    pub(in crate::report) is_code: bool,
}

impl Mood {
    fn class(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Noted => "noted",
            Self::Failed => "failed",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Passed => "✓",
            Self::Noted => "!",
            Self::Failed => "✗",
        }
    }
}

impl Banner {
    pub(in crate::report) fn new(mood: Mood, word: &str, reason: &str) -> Self {
        Self {
            class: mood.class(),
            word: word.to_owned(),
            reason: whole(reason),
        }
    }
}

impl Line {
    pub(in crate::report) fn new(mood: Mood, name: &str, evidence: &str) -> Self {
        Self {
            class: mood.class(),
            sign: mood.sign(),
            word: mood.class(),
            name: whole(name),
            evidence: whole(evidence),
        }
    }
}

impl Row {
    pub(in crate::report) fn new(name: &str, cells: Vec<Cell>) -> Self {
        Self {
            name: name.to_owned(),
            class: "",
            cells,
        }
    }

    /// A row of plain texts.
    pub(in crate::report) fn plain(name: &str, texts: impl IntoIterator<Item = String>) -> Self {
        Self::new(name, texts.into_iter().map(Cell::plain).collect())
    }

    /// Marks the row as a part of the row above.
    pub(in crate::report) fn part(self) -> Self {
        Self {
            class: "part",
            ..self
        }
    }

    /// Marks the row as the chosen one.
    pub(in crate::report) fn chosen(self) -> Self {
        Self {
            class: "chosen",
            ..self
        }
    }
}

impl Cell {
    pub(in crate::report) fn plain(text: String) -> Self {
        Self {
            text,
            is_thin: false,
        }
    }

    pub(in crate::report) fn percentile(found: Option<Percentile>) -> Self {
        found.map_or_else(
            || Self::plain(NOTHING.to_owned()),
            |found| Self {
                text: figures::percentile(found),
                is_thin: found.is_thin,
            },
        )
    }
}

impl Figure {
    pub(in crate::report) fn of(
        heading: &'static str,
        id: &str,
        caption: String,
        plot: &Plot,
    ) -> Self {
        Self::drawn(heading, id, caption, |size, id| plot.svg(size, id))
    }

    /// A figure from a picture of another kind.
    pub(in crate::report) fn drawn(
        heading: &'static str,
        id: &str,
        caption: String,
        draw: impl Fn(Size, &str) -> String,
    ) -> Self {
        Self {
            heading,
            caption: whole(&caption),
            wide: draw(Size::Wide, &format!("{id}-wide")),
            narrow: draw(Size::Narrow, &format!("{id}-narrow")),
        }
    }

    pub(in crate::report) fn missing(heading: &'static str, why: &str) -> Self {
        Self {
            heading,
            caption: whole(why),
            wide: String::new(),
            narrow: String::new(),
        }
    }
}

/// Prevents line breaks within figures: between digits, and before the unit.
pub(in crate::report) fn whole(text: &str) -> String {
    let mut before = ' ';
    let unbroken = text.chars().map(|char| {
        let is_bound = char == ' ' && (before.is_ascii_digit() || matches!(before, '≥' | '~'));
        before = char;
        if is_bound { '\u{a0}' } else { char }
    });
    unbroken.collect()
}

/// A time, or the text for a missing one.
pub(in crate::report) fn time(time: Option<Duration>) -> String {
    time.map_or_else(|| NOTHING.to_owned(), figures::time)
}
