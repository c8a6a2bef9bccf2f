//! Whether a measurement can be believed: checks that every result carries.

use serde::{Deserialize, Serialize};

/// One check of a measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// What is checked, in two or three words.
    pub name: String,
    /// How it came out.
    pub verdict: Verdict,
    /// The figures, and what is wrong with them if anything is.
    pub evidence: String,
}

impl Audit {
    /// Whether it leaves the measurement valid.
    pub fn is_passed(&self) -> bool {
        self.verdict != Verdict::Failed
    }
}

/// How an audit came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The figures agree.
    Passed,
    /// The measurement stands, and the reader should know this.
    Noted,
    /// The measurement is not to be believed.
    Failed,
}
