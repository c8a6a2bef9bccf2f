//! What would have to run if the circumstances were others.

use serde::{Deserialize, Serialize};

use super::estimate::Span;

/// What would have to run in another case: by calculation, not by measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// Which case.
    pub case: Case,
    /// So many workers; none if that cannot be told.
    pub workers: Option<Span>,
    /// Why, in a sentence.
    pub note: String,
}

/// What may be otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Case {
    /// Twice as many clients come, or twice as often.
    ClientsDoubled,
    /// A session keeps a worker for twice as long.
    ServiceDoubled,
}
