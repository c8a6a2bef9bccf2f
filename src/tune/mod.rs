//! The tuner: which number of workers, and which queue, a server should run.
//!
//! ```text
//!             request             trials             estimate
//!   search ------------> Target ----------> laws, ------------> verdict, predictions
//!      ^                                  resamples                     |
//!      +----------- where it is open ---------+                         |
//!                                                                       v
//!   the whole Tuning <------- confirmed or refitted <------- load, overload, fresh runs
//! ```
//!
//! Everything in here is pure: it opens no socket, starts no thread and reads no clock. The one seam
//! to the world is the [`Target`]; moments and lengths come in with its trials.

mod bootstrap;
mod candidate;
mod diagnosis;
mod drift;
mod estimate;
mod finding;
mod model;
mod observer;
mod plan;
mod prediction;
mod queueing;
mod regret;
mod request;
mod runner;
#[cfg(test)]
pub(crate) mod sample;
mod search;
mod settings;
#[cfg(test)]
mod simulated;
mod target;
#[cfg(test)]
mod tests;
mod trial;
mod tuning;
mod variance;
mod verdict;
mod verification;

use serde::{Deserialize, Serialize};

pub use candidate::Candidate;
pub use diagnosis::{Bottleneck, Diagnosis};
pub use drift::Drift;
pub use estimate::{Band, Estimate, Span, WITHIN};
pub use model::{Contest, Fit, Interval, Law, Parameter, Reach};
pub use observer::{TuningObserver, TuningProgress};
pub use prediction::{Met, Predicted, Prediction};
pub use queueing::{MeasuredOverload, Queueing};
pub use regret::Regret;
pub use request::{Offered, Purpose, TrialRequest};
pub use runner::TuningEnd;
pub use settings::{Calibration, Demand, Effort, Service, Settings};
pub use target::{Target, TargetError};
pub use trial::{Evidence, Latency, Split, Trial};
pub use verdict::{Choice, Reason, SURE, UNLIKELY, Verdict};
pub use verification::{Verification, VerificationOutcome};

use crate::base::Stop;
use diagnosis::Seen;
use fastrand::Rng;
use plan::Plan;
use runner::Runner;
use tuning::Course;

/// The result of a tuning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    /// The settings of the tuning.
    pub settings: Settings,
    /// The calibration before the first trial.
    pub calibration: Calibration,
    /// Every trial, in order.
    pub trials: Vec<Trial>,
    /// Why the tuning ended.
    pub end: TuningEnd,
    /// The estimate from the trials.
    pub estimate: Option<Estimate>,
    /// The recommendation.
    pub verdict: Verdict,
    /// The bottleneck of the verdict.
    pub diagnosis: Diagnosis,
    /// The cost of every candidate, from few workers to many: the verdict, half of it, twice, and all
    /// tried numbers.
    pub regret: Vec<Regret>,
    /// The queue of the verdict.
    pub queueing: Option<Queueing>,
    /// The predictions for the verdict, and whether fresh runs confirmed them.
    pub verification: Option<Verification>,
}

/// Tries candidates on a target until the verdict is decided or the budget is spent.
///
/// If the tuning ends early, the trials so far are judged.
pub fn tune(
    target: &mut dyn Target,
    settings: &Settings,
    calibration: &Calibration,
    stop: &Stop,
    observer: &mut dyn TuningObserver,
) -> Tuning {
    let plan = Plan::of(settings, calibration);
    let mut random = Rng::with_seed(settings.seed);
    let mut runner = Runner::new(target, settings, calibration, stop, observer);
    let mut course = Course {
        settings,
        calibration,
        plan: &plan,
        runner: &mut runner,
        random: &mut random,
    };
    let mut end = course.search();
    let found = course.find(Purpose::is_search);
    let searched = trial::searched(course.runner.trials());
    let predictions = prediction::predictions(&found, settings, &searched, plan.fresh);
    if !end.is_final()
        && let Err(early) = course.follow(&found, &predictions)
    {
        end = early;
    }
    let verification = Verification::of(predictions, &found, course.runner.trials());
    let (found, verification) = course.refit(found, verification);
    let trials = runner.into_trials();
    let seen = Seen::of(&found, &trials, calibration);
    Tuning {
        settings: settings.clone(),
        calibration: *calibration,
        end,
        diagnosis: Diagnosis::of(seen.as_ref()),
        regret: regret::table(&found, settings, &trials),
        queueing: Queueing::of(&found, settings, &trials),
        verification,
        trials,
        estimate: found.estimate,
        verdict: found.verdict,
    }
}
