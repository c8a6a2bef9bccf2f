//! The environment layer: variables that begin with `JAMD_`.

use std::ffi::OsString;

use super::error::Problem;
use super::key::{Key, PREFIX};
use super::keys::{self, KEYS};
use super::retired;
use super::value::{Form, Written};

/// The variable that names the configuration file if `--config` does not.
pub const FILE_VARIABLE: &str = "JAMD_CONFIG";

/// A key and its value in a variable.
pub(super) struct Entry {
    pub(super) key: &'static Key,
    pub(super) written: Written,
}

/// Separates variables that set a key from those with an unknown name.
pub(super) fn entries(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> (Vec<Entry>, Vec<Problem>) {
    let (mut entries, mut problems) = (Vec::new(), Vec::new());
    for (name, value) in variables {
        let name = name.to_string_lossy().into_owned();
        if !name.starts_with(PREFIX) || name == FILE_VARIABLE {
            continue;
        }
        match KEYS.iter().find(|key| key.variable() == name) {
            Some(key) => entries.push(Entry {
                key,
                written: Written {
                    // A value that is not UTF-8 is invalid for every key, so a lossy conversion is enough.
                    text: value.to_string_lossy().into_owned(),
                    form: Form::Plain,
                },
            }),
            None => problems.push(unknown(name)),
        }
    }
    (entries, problems)
}

fn unknown(name: String) -> Problem {
    if let Some(key) = retired::find_variable(&name) {
        return Problem::Retired {
            subject: name,
            instead: key.instead,
        };
    }
    let as_key = name.trim_start_matches(PREFIX).to_ascii_lowercase();
    let nearest = keys::nearest(&as_key.replace('_', "-")).map(Key::variable);
    Problem::UnknownVariable { name, nearest }
}
