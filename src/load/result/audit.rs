//! One audit of a measurement, and its result.

use serde::{Deserialize, Serialize};

/// One check of a measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// The subject of the check, in two or three words.
    pub name: String,
    /// The result.
    pub verdict: AuditResult,
    /// The figures, and any fault in them.
    pub evidence: String,
}

/// The result of an audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditResult {
    /// The figures agree.
    Passed,
    /// The measurement is valid, with a remark that the reader should know.
    Noted,
    /// The measurement is invalid.
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

    /// Passed if `is_so`, otherwise failed with a hint at the reason.
    pub(in crate::load) fn judge(name: &str, is_so: bool, evidence: String, hint: &str) -> Self {
        if is_so {
            Self::new(name, AuditResult::Passed, evidence)
        } else {
            Self::new(name, AuditResult::Failed, format!("{evidence}: {hint}"))
        }
    }

    /// Whether the measurement stays valid.
    pub fn is_passed(&self) -> bool {
        self.verdict != AuditResult::Failed
    }
}
