//! The origin of a tuning: the tuned server, the place and the time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::serialized::seconds;
use crate::load::Place;

/// The origin of a tuning.
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
    /// This program, started afresh for every trial.
    Own,
    /// This program with sessions of this length, to size the pool of another program.
    Simulated(String),
    /// A running server; its workers were changed at this administration port.
    Live(String),
}
