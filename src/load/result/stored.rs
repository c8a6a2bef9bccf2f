//! The stored form of a measurement: a labelled JSON document.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::measurement::Measurement;

/// The format label of a document. A change that an older program would misread needs a new number.
const FORMAT: &str = "jamd-load/1";

/// Largest accepted count, more than any run reaches. Sums of merged counts up to it cannot overflow.
const MOST: u64 = 1 << 52;

/// The document to write.
#[derive(Serialize)]
struct StoredResult<'run, S> {
    format: &'static str,
    /// Figures for people and scripts, which are not read back.
    summary: S,
    #[serde(flatten)]
    measurement: &'run Measurement,
}

/// The part that is read first.
#[derive(Deserialize)]
struct Label {
    format: Option<String>,
}

/// The reason why a document is rejected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoredError {
    /// The document is not JSON, or not of the form of a result.
    #[error("{name} is no result of jamd load: {err}")]
    Form {
        /// The document.
        name: String,
        /// The error and its place.
        #[source]
        err: serde_json::Error,
    },
    /// The document has no format label.
    #[error("{name} is no result of jamd load: it has no \"format\": {FORMAT:?}")]
    Unlabelled {
        /// The document.
        name: String,
    },
    /// The document has another format, or another version of it.
    #[error("{name} has the format {format:?}: this jamd reads {FORMAT:?}")]
    Format {
        /// The document.
        name: String,
        /// Its format label.
        format: String,
    },
    /// The document has an impossibly large count.
    #[error("{name} is no result of jamd load: its {what} is {count}, more than {MOST}")]
    Count {
        /// The document.
        name: String,
        /// The name of the count.
        what: &'static str,
        /// Its value.
        count: u64,
    },
}

/// Writes a measurement and a line end; `summary` comes first and is not read back.
///
/// # Errors
///
/// If writing fails.
pub fn write(
    measurement: &Measurement,
    summary: impl Serialize,
    mut to: impl Write,
) -> io::Result<()> {
    let kept = StoredResult {
        format: FORMAT,
        summary,
        measurement,
    };
    serde_json::to_writer_pretty(&mut to, &kept)?;
    writeln!(to)
}

/// Reads a measurement; errors call the document `name`.
///
/// # Errors
///
/// If the text is not a measurement, or of a format that this program does not know.
pub fn read(text: &str, name: &str) -> Result<Measurement, StoredError> {
    let name = || name.to_owned();
    let no_form = |err| StoredError::Form { name: name(), err };
    let label: Label = serde_json::from_str(text).map_err(no_form)?;
    match label.format {
        None => return Err(StoredError::Unlabelled { name: name() }),
        Some(format) if format != FORMAT => {
            return Err(StoredError::Format {
                name: name(),
                format,
            });
        }
        Some(_) => {}
    }
    let measurement: Measurement = serde_json::from_str(text).map_err(no_form)?;
    match counts(&measurement)
        .into_iter()
        .find(|(_, count)| *count > MOST)
    {
        Some((what, count)) => Err(StoredError::Count {
            name: name(),
            what,
            count,
        }),
        None => Ok(measurement),
    }
}

/// Every number of a measurement that is added to another.
fn counts(measured: &Measurement) -> Vec<(&'static str, u64)> {
    let mut counts = vec![
        ("\"started\"", measured.tally.started),
        ("\"scheduled\"", measured.client.scheduled),
        ("\"starved\"", measured.client.starved),
        ("\"retried\"", measured.backlog.retried),
        ("\"overflows\"", measured.backlog.overflows.unwrap_or(0)),
    ];
    let times = measured.tally.times();
    counts.extend(times.map(|times| ("histogram's count", times.count())));
    let of_seconds = measured.seconds.iter().map(|second| second.ended);
    let of_parts = measured.parts.iter().map(|part| part.ended);
    for ended in of_seconds.chain(of_parts).chain([measured.ended]) {
        counts.extend([
            ("\"good\"", ended.good),
            ("\"busy\"", ended.busy),
            ("\"failed\"", ended.failed),
            ("\"replies\"", ended.replies),
        ]);
    }
    let started = measured.seconds.iter();
    counts.extend(started.map(|second| ("\"started\"", second.started)));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{merge, sample};

    fn written(measurement: &Measurement) -> String {
        let mut bytes = Vec::new();
        write(measurement, "not read back", &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn refused(text: &str) -> String {
        read(text, "a.json").unwrap_err().to_string()
    }

    #[test]
    fn the_file_is_as_it_was_last_looked_at() {
        insta::assert_snapshot!(written(&sample::open(1)));
    }

    #[test]
    fn what_is_kept_reads_back_and_says_what_it_is() {
        let merged = merge(&[sample::open(1), sample::open(2)]).unwrap();
        for before in [sample::open(1), sample::closed(1), merged] {
            let text = written(&before);
            assert!(
                text.starts_with("{\n  \"format\": \"jamd-load/1\""),
                "{text}"
            );
            assert!(text.ends_with("}\n"));
            assert_eq!(read(&text, "a.json").unwrap(), before);
        }
    }

    #[test]
    fn what_is_no_result_is_refused_by_name_and_reason() {
        let whole = written(&sample::closed(1));
        let other = whole.replace("jamd-load/1", "jamd-load/2");
        assert_eq!(
            refused(&other),
            "a.json has the format \"jamd-load/2\": this jamd reads \"jamd-load/1\""
        );
        for (text, said) in [
            ("", "EOF while parsing a value at line 1 column 0"),
            ("hello", "expected value at line 1 column 1"),
            ("[]", "at line 1 column"),
            ("{}", "it has no \"format\": \"jamd-load/1\""),
            (r#"{"format":1}"#, "expected a string at line 1"),
            (r#"{"format":"jamd-load/1"}"#, "missing field `plan`"),
            (&whole[..whole.len() / 2], "EOF while parsing"),
            (
                &whole.replace("\"elapsed_seconds\": 11.0", "\"elapsed_seconds\": -1.0"),
                "-1 seconds",
            ),
            (
                &whole.replace("\"started\": 1000,", "\"started\": 18446744073709551615,"),
                "more than",
            ),
        ] {
            let refused = refused(text);
            assert!(
                refused.starts_with("a.json is no result of jamd load: "),
                "{refused}"
            );
            assert!(refused.contains(said), "{text:.40}: {refused}");
        }
    }
}
