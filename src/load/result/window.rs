//! The window in which a run measured.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::serialized::seconds;

/// When a run was made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// The beginning, after the warm-up: seconds since 1970.
    #[serde(rename = "begin_unix_seconds", with = "seconds")]
    pub begin: Duration,
    /// How long sessions were begun and counted.
    #[serde(rename = "elapsed_seconds", with = "seconds")]
    pub elapsed: Duration,
}

impl Window {
    /// The end, since 1970.
    pub(in crate::load) fn end(&self) -> Duration {
        self.begin.saturating_add(self.elapsed)
    }
}
