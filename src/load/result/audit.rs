//! One audit of a measurement, and how it came out.

use serde::{Deserialize, Serialize};

/// One check of a measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// What is checked, in two or three words.
    pub name: String,
    /// How it came out.
    pub verdict: AuditResult,
    /// The figures, and what is wrong with them if anything is.
    pub evidence: String,
}

/// How an audit came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditResult {
    /// The figures agree.
    Passed,
    /// The measurement stands, and the reader should know this.
    Noted,
    /// The measurement is not to be believed.
    Failed,
}

impl Audit {
    pub(in crate::load) fn new(name: &str, verdict: AuditResult, evidence: String) -> Self {
        Self {
            name: name.to_owned(),
            verdict,
            evidence,
        }
    }

    /// Passed if something is so, and otherwise failed, with a hint why that matters.
    pub(in crate::load) fn judge(name: &str, is_so: bool, evidence: String, hint: &str) -> Self {
        if is_so {
            Self::new(name, AuditResult::Passed, evidence)
        } else {
            Self::new(name, AuditResult::Failed, format!("{evidence}: {hint}"))
        }
    }

    /// Whether it leaves the measurement valid.
    pub fn is_passed(&self) -> bool {
        self.verdict != AuditResult::Failed
    }
}
