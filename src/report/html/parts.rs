//! What the pages of all reports are put together from; `parts.html` writes them.

use std::time::Duration;

use serde::Serialize;

use crate::base::Percentile;
use crate::base::figures;
use crate::report::plot::{Plot, Size};

/// What stands where there is no figure.
pub(in crate::report) const NOTHING: &str = "–";

/// What a statement is to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Mood {
    /// All is well.
    Passed,
    /// One should know it.
    Noted,
    /// Something is wrong.
    Failed,
}

/// A reservation, before everything else.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Banner {
    class: &'static str,
    word: String,
    reason: String,
}

/// One line in a list of what was looked at.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Line {
    class: &'static str,
    sign: &'static str,
    word: &'static str,
    name: String,
    evidence: String,
}

/// A table: its name, its columns and its rows, each with a name of its own.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Table {
    pub(in crate::report) caption: &'static str,
    /// What the names of the rows are; nothing where that goes without saying.
    pub(in crate::report) corner: &'static str,
    /// What a reader must know to read it.
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
    /// Whether chance decides what it is.
    is_thin: bool,
}

/// A plot, and the words around it.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Figure {
    heading: &'static str,
    /// What there is to see.
    caption: String,
    /// The picture for a page; nothing if there was nothing to plot.
    wide: String,
    /// The picture for a phone.
    narrow: String,
}

/// One of the conditions.
#[derive(Debug, Serialize)]
pub(in crate::report) struct Setting {
    pub(in crate::report) name: &'static str,
    pub(in crate::report) value: String,
    /// Whether the value is something to type.
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

    /// With nothing but texts.
    pub(in crate::report) fn plain(name: &str, texts: impl IntoIterator<Item = String>) -> Self {
        Self::new(name, texts.into_iter().map(Cell::plain).collect())
    }

    /// As a part of the row above.
    pub(in crate::report) fn part(self) -> Self {
        Self {
            class: "part",
            ..self
        }
    }

    /// As the one that matters.
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

    /// The same of a picture of another kind.
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

/// Keeps figures whole where lines break: digits with each other, and with their unit.
pub(in crate::report) fn whole(text: &str) -> String {
    let mut before = ' ';
    let unbroken = text.chars().map(|char| {
        let is_bound = char == ' ' && (before.is_ascii_digit() || matches!(before, '≥' | '~'));
        before = char;
        if is_bound { '\u{a0}' } else { char }
    });
    unbroken.collect()
}

/// A time, or what stands where there is none.
pub(in crate::report) fn time(time: Option<Duration>) -> String {
    time.map_or_else(|| NOTHING.to_owned(), figures::time)
}
