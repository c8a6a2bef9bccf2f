//! What can be wrong with a configuration, in words that name the place and the way out.

use std::fmt;
use std::path::PathBuf;

use super::origin::Origin;
use super::value::Fault;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file cannot be had.
    #[error("cannot read {path:?}: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The file is not TOML.
    #[error("{}:{line}: {message} in {text:?}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, counted from one.
        line: usize,
        /// What the parser says.
        message: String,
        /// What stands on the line.
        text: String,
    },
    /// The file sets a key that does not exist.
    #[error("{}:{line}: unknown key {name:?}{}", path.display(), suggestion(.nearest.as_ref()))]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The line, counted from one.
        line: usize,
        /// The key.
        name: String,
        /// The key that was probably meant.
        nearest: Option<String>,
    },
    /// The environment sets a key that does not exist.
    #[error("unknown variable {}{}", name.escape_debug(), suggestion(.nearest.as_ref()))]
    UnknownVariable {
        /// The variable.
        name: String,
        /// The variable that was probably meant.
        nearest: Option<String>,
    },
    /// A key is set that there was in an earlier version.
    #[error("{subject} is no longer a key: {instead}")]
    Retired {
        /// The key, as its origin calls it.
        subject: String,
        /// What replaces it.
        instead: &'static str,
    },
    /// A key is set to a value it cannot have.
    #[error("{} {fault}", origin.subject(key))]
    Value {
        /// The key.
        key: &'static str,
        /// Who set it.
        origin: Origin,
        /// What is wrong with the value.
        fault: Fault,
    },
}

impl Problem {
    /// The line of the file it is on, if it is on one.
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

/// Everything that is wrong with a configuration, one problem a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub(super) Vec<Problem>);

impl ConfigErrors {
    /// The problems, file first, then environment, then flags.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// Whether the command line alone is to blame.
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
