//! `jamd load diff` and `jamd load merge`: operations on stored results.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::base::terminal::Exit;
use crate::base::terminal::medium;
use crate::cli::{DiffArgs, MergeArgs};
use crate::commands::{answer, complain, fail};
use crate::load::stored::{StoredError, read};
use crate::load::{self, Measurement};
use crate::report;

use super::outputs::keep_merged;

/// The error of reading a stored result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("cannot read {}: {err}", path.display())]
    Read { path: PathBuf, err: io::Error },
    #[error(transparent)]
    Form(#[from] StoredError),
}

/// Reads a stored result.
pub(crate) fn open(path: &Path) -> Result<Measurement, FileError> {
    let text = fs::read_to_string(path).map_err(|err| FileError::Read {
        path: path.to_owned(),
        err,
    })?;
    Ok(read(&text, &path.display().to_string())?)
}

/// Compares two results.
pub(crate) fn diff(args: &DiffArgs) -> Exit {
    match (open(&args.a), open(&args.b)) {
        (Ok(a), Ok(b)) => answer(compared(&a, &args.a, &b, &args.b).as_bytes()),
        (a, b) => refuse([a, b].into_iter().filter_map(Result::err)),
    }
}

/// The comparison of two results as text.
pub(crate) fn compared(a: &Measurement, a_path: &Path, b: &Measurement, b_path: &Path) -> String {
    let (a_name, b_name) = (a_path.display().to_string(), b_path.display().to_string());
    report::diff::text(&load::diff(a, b), &a_name, &b_name, medium())
}

/// Merges results, and prints the sum.
pub(crate) fn merge(args: &MergeArgs) -> Exit {
    let (mut runs, mut errors) = (Vec::new(), Vec::new());
    for file in &args.files {
        match open(file) {
            Ok(run) => runs.push(run),
            Err(err) => errors.push(err),
        }
    }
    if !errors.is_empty() {
        return refuse(errors);
    }
    let merged = match load::merge(&runs) {
        Ok(merged) => merged,
        Err(err) => {
            complain(err);
            return Exit::Usage;
        }
    };
    if let Err(err) = keep_merged(args, &merged) {
        return fail(err);
    }
    let printed = answer(report::text(&merged, medium()).as_bytes());
    if merged.is_valid() {
        printed
    } else {
        Exit::Doubtful
    }
}

fn refuse(errors: impl IntoIterator<Item = FileError>) -> Exit {
    for err in errors {
        complain(err);
    }
    Exit::Usage
}
