//! The runner: runs requests on the target within the budget, and keeps the trials.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::estimate::Span;
use super::observer::{TuningObserver, TuningProgress};
use super::request::TrialRequest;
use super::settings::{Calibration, Settings};
use super::target::{Target, TargetError};
use super::trial::Trial;
use crate::base::{Stop, as_f64};

/// The number of consecutive failed trials after which the tuning gives up.
const MOST_FAILURES: usize = 3;

/// Why the tuning ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TuningEnd {
    /// The decision was made at 95 %.
    Decided,
    /// The budget was spent.
    Spent,
    /// The user interrupted the tuning.
    Interrupted,
    /// The target failed, for the given reason.
    Failed(String),
}

/// Runs requests within the budget.
pub(super) struct Runner<'a> {
    target: &'a mut dyn Target,
    stop: &'a Stop,
    observer: &'a mut dyn TuningObserver,
    trials: Vec<Trial>,
    /// The answer so far.
    best: Option<Span>,
    /// The time limit of the tuning.
    budget: Duration,
    /// The time spent before the first trial.
    before: Duration,
    /// The expected time of a trial besides measuring, until trials have shown it.
    overhead: Duration,
    /// The number of consecutive failed trials.
    failures: usize,
    lost: Duration,
}

impl TuningEnd {
    /// Whether nothing more can be run after this end.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Interrupted | Self::Failed(_))
    }
}

impl<'a> Runner<'a> {
    pub(super) fn new(
        target: &'a mut dyn Target,
        settings: &Settings,
        calibration: &Calibration,
        stop: &'a Stop,
        observer: &'a mut dyn TuningObserver,
    ) -> Self {
        Self {
            target,
            stop,
            observer,
            trials: Vec::new(),
            best: None,
            budget: settings.budget,
            before: calibration.took,
            overhead: calibration.overhead,
            failures: 0,
            lost: Duration::ZERO,
        }
    }

    /// All trials so far.
    pub(super) fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// All trials, once no more will run.
    pub(super) fn into_trials(self) -> Vec<Trial> {
        self.trials
    }

    /// Sets the answer so far for the observer.
    pub(super) fn expect(&mut self, best: Option<Span>) {
        self.best = best;
    }

    /// Runs a request if the budget then leaves time for the given number of further trials. A failed
    /// trial is dropped.
    pub(super) fn run(&mut self, request: TrialRequest, others: usize) -> Result<(), TuningEnd> {
        let elapsed = self.elapsed();
        let cost = request.length + self.overhead();
        let until = self.budget.saturating_sub(cost.mul_f64(as_f64(others)));
        if self.stop.is_requested() {
            return Err(TuningEnd::Interrupted);
        }
        if elapsed + cost > until {
            return Err(TuningEnd::Spent);
        }
        self.observer.tries(&TuningProgress {
            request,
            done: self.trials.len(),
            best: self.best,
            elapsed,
            left: self.budget.saturating_sub(elapsed),
        });
        match self.target.run(&request) {
            Ok(trial) => {
                (self.failures, self.lost) = (0, Duration::ZERO);
                self.observer.tried(&trial);
                self.trials.push(trial);
                Ok(())
            }
            Err(TargetError::Interrupted) => Err(TuningEnd::Interrupted),
            Err(TargetError::Failed(reason)) => {
                self.failures += 1;
                // The duration of a failed trial is unknown.
                self.lost += cost;
                if self.failures < MOST_FAILURES {
                    Ok(())
                } else {
                    Err(TuningEnd::Failed(reason))
                }
            }
        }
    }

    fn elapsed(&self) -> Duration {
        self.trials.last().map_or(self.before, Trial::ended) + self.lost
    }

    /// The time of a trial besides measuring: the mean over the trials, or the calibrated value if that
    /// is larger.
    fn overhead(&self) -> Duration {
        let trials = self.trials.iter();
        let sum: Duration = trials
            .map(|trial| trial.took.saturating_sub(trial.length))
            .sum();
        let mean = sum.div_f64(as_f64(self.trials.len().max(1)));
        mean.max(self.overhead)
    }
}
