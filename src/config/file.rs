//! The file layer: TOML, with the line of everything it says.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use toml::de::{DeInteger, DeTable, DeValue};

use super::error::Problem;
use super::keys::Key;
use super::value::{Form, Written};

/// Bytes of the longest file that is read; ours has a few thousand.
const MOST_BYTES: u64 = 1024 * 1024;

/// Characters of a broken line that an error repeats.
const SHOWN_CHARS: usize = 60;

/// A key and what a line says about it.
pub(super) struct Entry {
    pub(super) line: usize,
    pub(super) key: &'static Key,
    pub(super) written: Written,
}

/// The text of a file.
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

/// What a file sets and what is wrong with it, each in the order of its lines.
pub(super) fn entries(path: &Path, text: &str) -> (Vec<Entry>, Vec<Problem>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let broken: Vec<usize> = errors.iter().map(|err| line_at(text, err.span())).collect();
    let mut problems: Vec<Problem> = errors
        .iter()
        .zip(&broken)
        .map(|(err, line)| Problem::Syntax {
            path: path.to_owned(),
            line: *line,
            message: err.message().replace('\n', " "),
            text: shown_line(text, *line),
        })
        .collect();

    let mut entries = Vec::new();
    for (name, value) in table.get_ref() {
        let line = line_at(text, Some(name.span()));
        // What the parser makes of a broken line is its guess, not what anyone wrote.
        if broken.contains(&line) {
            continue;
        }
        match Key::find(name.get_ref()) {
            Some(key) => entries.push(Entry {
                line,
                key,
                written: written(value.get_ref()),
            }),
            None => problems.push(Problem::UnknownKey {
                path: path.to_owned(),
                line,
                name: name.get_ref().to_string(),
                nearest: Key::nearest(&name.get_ref().replace('_', "-"))
                    .map(|key| key.name.to_owned()),
            }),
        }
    }
    entries.sort_by_key(|entry| entry.line);
    (entries, problems)
}

/// The line, counted from one, on which a span begins.
fn line_at(text: &str, span: Option<Range<usize>>) -> usize {
    let start = span.map_or(0, |span| span.start);
    let before = text.bytes().take(start);
    1 + before.filter(|byte| *byte == b'\n').count()
}

fn shown_line(text: &str, line: usize) -> String {
    let line = text.lines().nth(line - 1).unwrap_or_default();
    line.trim().chars().take(SHOWN_CHARS).collect()
}

/// A TOML value as text and the notation it had.
fn written(value: &DeValue<'_>) -> Written {
    let (text, form) = match value {
        DeValue::String(text) => (text.to_string(), Form::Quoted),
        DeValue::Integer(number) => (decimal(number), Form::Bare),
        DeValue::Float(number) => (number.as_str().to_owned(), Form::Bare),
        DeValue::Boolean(truth) => (truth.to_string(), Form::Bare),
        DeValue::Datetime(date) => (date.to_string(), Form::Bare),
        DeValue::Array(elements) => {
            let each: Vec<String> = elements
                .iter()
                .map(|element| written(element.get_ref()).text)
                .collect();
            (each.join(","), Form::List)
        }
        DeValue::Table(_) => ("a table".to_owned(), Form::Bare),
    };
    Written { text, form }
}

/// An integer in base ten, whatever base it was written in.
fn decimal(number: &DeInteger<'_>) -> String {
    i128::from_str_radix(number.as_str(), number.radix())
        .map_or_else(|_| number.to_string(), |number| number.to_string())
}
