//! The measurement window of a run.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::serialized::seconds;

/// The time span in which a run was measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// The beginning, after the warm-up: seconds since 1970.
    #[serde(rename = "begin_unix_seconds", with = "seconds")]
    pub begin: Duration,
    /// The time for which sessions were begun and counted.
    #[serde(rename = "elapsed_seconds", with = "seconds")]
    pub elapsed: Duration,
}

impl Window {
    /// The end, since 1970.
    pub(in crate::load) fn end(&self) -> Duration {
        self.begin.saturating_add(self.elapsed)
    }
}
