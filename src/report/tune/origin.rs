//! What a tuning was made of, and how it is made again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::serialized::seconds;
use crate::load::Place;

/// What was tuned, where and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The server that ran the candidates.
    pub subject: Subject,
    /// Where the load came from.
    pub place: Place,
    /// When the tuning began, with its calibration: seconds since 1970.
    #[serde(rename = "begin_unix_seconds", with = "seconds")]
    pub begin: Duration,
}

/// The server that ran the candidates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// This program, started anew for every trial.
    Own,
    /// The same with sessions of this length, to size the pool of another program.
    Simulated(String),
    /// A server that runs anyway, whose workers were changed at this administration port.
    Live(String),
}
