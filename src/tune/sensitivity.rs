//! What would have to run if the circumstances were others.

use serde::{Deserialize, Serialize};

use super::diagnosis::Seen;
use super::estimate::{Estimate, Span};
use super::finding::Finding;
use super::model::Law;
use super::settings::{Demand, Settings};
use super::verdict::Choice;

/// The part of its time with a worker that a session computes from which more time is more computing.
const COMPUTES: f64 = 0.5;

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

/// What would have to run in the cases that are looked at.
pub(super) fn cases(found: &Finding, settings: &Settings, seen: &Seen) -> Vec<Sensitivity> {
    let Some((choice, estimate)) = found.choice() else {
        return Vec::new();
    };
    let clients = match settings.demand {
        // It says how many workers serve most, whoever comes.
        Demand::PerWorker(_) => None,
        Demand::Clients { .. } | Demand::Rate(_) => Some(clients_doubled(choice, seen)),
    };
    let service = service_doubled(choice, estimate, seen);
    clients.into_iter().chain([service]).collect()
}

fn clients_doubled(choice: &Choice, seen: &Seen) -> Sensitivity {
    let is_demand = seen.is_limited_by_demand();
    let (workers, note) = if is_demand {
        (
            choice.span.times(2),
            "The demand was the limit, so twice as much of it needs twice the workers, as long as \
             nothing else becomes the limit: measure it before you rely on it.",
        )
    } else {
        (
            choice.span,
            "The server was the limit already: more workers would serve no more of them, and more \
             of them would be refused or wait.",
        )
    };
    Sensitivity {
        case: Case::ClientsDoubled,
        workers: Some(workers),
        note: note.to_owned(),
    }
}

/// Scales the likeliest law: twice the service time is half the rate of each worker. A cap stays where it
/// is if it is not made of the work itself; the share that workers take from each other stays as it is.
fn service_doubled(choice: &Choice, estimate: &Estimate, seen: &Seen) -> Sensitivity {
    let law = estimate.contest.fits.first().map(|fit| fit.law);
    let is_capped = matches!(law, Some(Law::Capped | Law::SoftCapped));
    let computes = seen.computing();
    let (workers, note) = match computes {
        Some(part) if part >= COMPUTES => (
            choice.span,
            format!(
                "A session computes for {:.0} % of the time it keeps a worker, so twice as long halves \
                 what the cores can do, and as many workers are enough for that.",
                100.0 * part.min(1.0)
            ),
        ),
        _ if is_capped => (
            choice.span.times(2),
            "If a session waits for the additional time and does not compute, each worker serves half \
             as much and the cap stays where it is: it takes twice the workers to reach it."
                .to_owned(),
        ),
        _ => (
            choice.span,
            "Each worker serves half as much, and as many of them are where they hinder each other."
                .to_owned(),
        ),
    };
    Sensitivity {
        case: Case::ServiceDoubled,
        workers: Some(workers),
        note,
    }
}

impl Span {
    fn times(self, factor: usize) -> Self {
        let [low, middle, high] =
            [self.low, self.middle, self.high].map(|count| count.saturating_mul(factor));
        Self { low, middle, high }
    }
}
