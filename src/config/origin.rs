//! The origin of a value: the layer that sets it, and the place there.

use std::fmt;
use std::path::PathBuf;

/// The layer that set a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// No layer: the default holds.
    Default,
    /// A line of the file.
    File(PathBuf, usize),
    /// A variable of the environment.
    Variable(String),
    /// A flag on the command line.
    Flag(String),
}

impl Origin {
    /// A key as its layer names it, for the start of a message.
    pub(super) fn subject(&self, key: &str) -> String {
        match self {
            Self::Default => key.to_owned(),
            Self::File(..) => format!("{self}: {key}"),
            Self::Variable(_) | Self::Flag(_) => self.to_string(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}
