//! The problems of a configuration; each message names the place and the remedy.

use std::fmt;
use std::path::PathBuf;

use super::origin::Origin;
use super::value::Fault;

/// One problem of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file cannot be read.
    #[error("cannot read {path:?}: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The file is not TOML.
    #[error("{}:{line}: {message} in {text:?}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line number, from 1.
        line: usize,
        /// The parser's message.
        message: String,
        /// The text of the line.
        text: String,
    },
    /// The file sets an unknown key.
    #[error("{}:{line}: unknown key {name:?}{}", path.display(), suggestion(.nearest.as_ref()))]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The line number, from 1.
        line: usize,
        /// The key.
        name: String,
        /// The known key with a similar name.
        nearest: Option<String>,
    },
    /// The environment sets an unknown key.
    #[error("unknown variable {}{}", name.escape_debug(), suggestion(.nearest.as_ref()))]
    UnknownVariable {
        /// The variable.
        name: String,
        /// The known variable with a similar name.
        nearest: Option<String>,
    },
    /// A key of an earlier version is set.
    #[error("{subject} is no longer a key: {instead}")]
    Retired {
        /// The key, named as in its layer.
        subject: String,
        /// The replacement.
        instead: &'static str,
    },
    /// A key is set to an invalid value.
    #[error("{} {fault}", origin.subject(key))]
    Value {
        /// The key.
        key: &'static str,
        /// The origin of the value.
        origin: Origin,
        /// The fault of the value.
        fault: Fault,
    },
}

impl Problem {
    /// The line of the file with the problem, if it has one.
    pub(super) fn line(&self) -> Option<usize> {
        match self {
            Self::Syntax { line, .. }
            | Self::UnknownKey { line, .. }
            | Self::Value {
                origin: Origin::File(_, line),
                ..
            } => Some(*line),
            _ => None,
        }
    }
}

fn suggestion(nearest: Option<&String>) -> String {
    nearest.map_or(String::new(), |name| format!(", did you mean {name}?"))
}

/// All problems of a configuration, one a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub(super) Vec<Problem>);

impl ConfigErrors {
    /// The problems in the order file, environment, flags.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// Whether all problems are on the command line.
    pub fn is_usage(&self) -> bool {
        self.iter().all(|problem| {
            matches!(
                problem,
                Problem::Value {
                    origin: Origin::Flag(_),
                    ..
                }
            )
        })
    }
}

impl std::error::Error for ConfigErrors {}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}
