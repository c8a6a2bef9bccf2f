//! The tuner: which number of workers, and which queue, a server should run.
//!
//! ```text
//!              candidate                  trials            estimate
//!   search --------------> Target --> sweep, refinement ---------------> verdict
//!      ^                                     |
//!      +-------- where it is open -----------+
//! ```
//!
//! Everything in here is pure: it opens no socket, starts no thread and reads no clock. The one seam
//! to the world is the [`Target`]; moments and lengths come in with its trials.

mod drift;
mod estimate;
mod model;
mod observer;
mod plan;
mod resample;
mod search;
mod settings;
#[cfg(test)]
mod simulated;
mod target;
#[cfg(test)]
mod tests;
mod trial;
mod verdict;

use serde::{Deserialize, Serialize};

pub use drift::Drift;
pub use estimate::{Band, Estimate, Span, WITHIN};
pub use model::{Contest, Fit, Interval, Law, Parameter, Reach};
pub use observer::{Observer, Phase, Progress};
pub use search::End;
pub use settings::{Calibration, Demand, Service, Settings};
pub use target::{Target, TargetError};
pub use trial::{Candidate, Evidence, Latency, Trial};
pub use verdict::{Choice, Reason, Verdict};

use crate::load::Stop;
use search::Search;

/// What a tuning found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    /// What was asked.
    pub settings: Settings,
    /// What was known before.
    pub calibration: Calibration,
    /// Every trial, in order.
    pub trials: Vec<Trial>,
    /// Why there are no more.
    pub end: End,
    /// What they say.
    pub estimate: Option<Estimate>,
    /// What to do.
    pub verdict: Verdict,
}

/// Tries candidates on a target until it can be told which to run, or the budget is spent.
///
/// Whatever ends it early, the trials until then are judged.
pub fn tune(
    target: &mut dyn Target,
    settings: &Settings,
    calibration: &Calibration,
    stop: &Stop,
    observer: &mut dyn Observer,
) -> Tuning {
    let mut search = Search::new(target, settings, calibration, stop, observer);
    let end = search.run();
    let estimate = search.estimate();
    Tuning {
        settings: *settings,
        calibration: *calibration,
        trials: search.trials().to_vec(),
        end,
        verdict: Verdict::of(estimate.as_ref(), settings, calibration),
        estimate,
    }
}

/// A count as a number; exact up to 2^53.
fn as_f64(count: usize) -> f64 {
    crate::load::as_f64(count as u64)
}

/// The whole part of a number that is not negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number out of range becomes the end of it"
)]
fn whole(number: f64) -> usize {
    number.floor() as usize
}
