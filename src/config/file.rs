//! The file layer: TOML entries with their line numbers.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::iter;
use std::ops::Range;
use std::path::Path;

use toml::de::{DeInteger, DeTable, DeValue};

use super::error::Problem;
use super::key::Key;
use super::origin::Origin;
use super::value::{Form, Written};
use super::{keys, retired};

/// The most bytes read from a file; a file with every key has about two thousand.
const MOST_BYTES: u64 = 64 * 1024;

/// The most characters of a broken line that an error shows.
const SHOWN_CHARS: usize = 60;

/// A key and its value on a line.
pub(super) struct Entry {
    pub(super) line: usize,
    pub(super) key: &'static Key,
    pub(super) written: Written,
}

/// Reads the text of a file.
pub(super) fn read(path: &Path) -> Result<String, Problem> {
    let unreadable = |reason: String| Problem::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|err| unreadable(reason(&err)))?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len > MOST_BYTES) {
        return Err(unreadable(format!("it is longer than {MOST_BYTES} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8".to_owned()))
}

fn reason(err: &io::Error) -> String {
    match err.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => err.to_string(),
    }
}

/// The entries of a file in line order, and its problems in no order.
pub(super) fn entries(path: &Path, text: &str) -> (Vec<Entry>, Vec<Problem>) {
    let lines = Lines::of(text);
    let (table, errors) = DeTable::parse_recoverable(text);

    // Only the first error of a line is kept, because later ones often follow from it.
    let mut broken = BTreeMap::new();
    for err in &errors {
        let line = lines.number_at(err.span());
        broken.entry(line).or_insert(err.message());
    }
    let mut problems: Vec<Problem> = broken
        .iter()
        .map(|(line, message)| syntax(path, *line, lines.text_of(*line), message))
        .collect();

    let mut entries = Vec::new();
    for (name, value) in table.get_ref() {
        let line = lines.number_at(Some(name.span()));
        // The parser's result for a broken line is a guess.
        if broken.contains_key(&line) {
            continue;
        }
        match keys::find(name.get_ref()) {
            Some(key) => entries.push(Entry {
                line,
                key,
                written: written(value.get_ref()),
            }),
            None => problems.push(unknown(path, line, name.get_ref())),
        }
    }
    entries.sort_by_key(|entry| entry.line);
    (entries, problems)
}

fn unknown(path: &Path, line: usize, name: &str) -> Problem {
    if let Some(key) = retired::find(name) {
        let origin = Origin::File(path.to_owned(), line);
        return Problem::Retired {
            subject: origin.subject(name),
            instead: key.instead,
        };
    }
    let nearest = keys::nearest(&name.replace('_', "-"));
    Problem::UnknownKey {
        path: path.to_owned(),
        line,
        name: name.to_owned(),
        nearest: nearest.map(|key| key.name.to_owned()),
    }
}

fn syntax(path: &Path, line: usize, text: &str, message: &str) -> Problem {
    let value = text.split_once('=').map(|(_, value)| value.trim());
    let message = if value.is_some_and(is_bare_word) {
        // TOML parsers report `none` as an incomplete number, which does not help the user.
        "text without quotes".to_owned()
    } else {
        message.replace('\n', " ")
    };
    Problem::Syntax {
        path: path.to_owned(),
        line,
        message,
        text: text.trim().chars().take(SHOWN_CHARS).collect(),
    }
}

/// Whether a value is a plain word without quotes.
fn is_bare_word(value: &str) -> bool {
    let in_word = |c: char| c.is_ascii_alphanumeric() || "-+.:".contains(c);
    value.contains(|c: char| c.is_ascii_alphabetic()) && value.chars().all(in_word)
}

/// The start of each line of a text.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let ends = text.match_indices('\n').map(|(end, _)| end + 1);
        let starts = iter::once(0).chain(ends).collect();
        Self { text, starts }
    }

    /// The number, from 1, of the line on which a span begins.
    fn number_at(&self, span: Option<Range<usize>>) -> usize {
        let at = span.map_or(0, |span| span.start);
        self.starts.partition_point(|start| *start <= at)
    }

    fn text_of(&self, number: usize) -> &'a str {
        let start = self.starts.get(number.saturating_sub(1));
        let from = start.and_then(|start| self.text.get(*start..));
        from.and_then(|from| from.lines().next())
            .unwrap_or_default()
    }
}

/// A TOML value as text, with its notation.
fn written(value: &DeValue<'_>) -> Written {
    let (text, form) = match value {
        DeValue::String(text) => (text.to_string(), Form::Quoted),
        DeValue::Integer(number) => (decimal(number), Form::Bare),
        DeValue::Float(number) => (number.as_str().to_owned(), Form::Bare),
        DeValue::Boolean(truth) => (truth.to_string(), Form::Bare),
        DeValue::Datetime(date) => (date.to_string(), Form::Bare),
        DeValue::Array(elements) => {
            let text = |element: &DeValue<'_>| match written(element).text {
                // A list of one empty text must differ from an empty list.
                empty if empty.is_empty() => " ".to_owned(),
                text => text,
            };
            let each: Vec<String> = elements.iter().map(|it| text(it.get_ref())).collect();
            (each.join(","), Form::List)
        }
        DeValue::Table(_) => (String::new(), Form::Table),
    };
    Written { text, form }
}

/// An integer in base ten, from any base.
fn decimal(number: &DeInteger<'_>) -> String {
    i128::from_str_radix(number.as_str(), number.radix())
        .map_or_else(|_| number.to_string(), |number| number.to_string())
}
