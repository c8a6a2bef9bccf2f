//! Runs orders on the target, within the budget, and keeps what they gave.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::estimate::Span;
use super::observer::{TuningObserver, TuningProgress};
use super::request::TrialRequest;
use super::settings::{Calibration, Settings};
use super::target::{Target, TargetError};
use super::trial::Trial;
use crate::base::{Stop, as_f64};

/// Trials in a row that a target may fail to run before there is no hope that it will.
const MOST_FAILURES: usize = 3;

/// Why no more was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TuningEnd {
    /// The decision is made at 95 %.
    Decided,
    /// The budget was spent.
    Spent,
    /// Somebody asked for it.
    Interrupted,
    /// The target failed, for this reason.
    Failed(String),
}

/// What runs orders.
pub(super) struct Runner<'a> {
    target: &'a mut dyn Target,
    stop: &'a Stop,
    observer: &'a mut dyn TuningObserver,
    trials: Vec<Trial>,
    /// The answer so far.
    best: Option<Span>,
    /// When the tuning must be over.
    budget: Duration,
    /// What was spent before the first trial.
    before: Duration,
    /// What a trial takes besides measuring, before any has shown it.
    overhead: Duration,
    /// Trials in a row that failed, and what was measured in none of them.
    failures: usize,
    lost: Duration,
}

impl TuningEnd {
    /// Whether nothing more can be run after it.
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

    /// What was tried.
    pub(super) fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// All of it, when nothing more is.
    pub(super) fn into_trials(self) -> Vec<Trial> {
        self.trials
    }

    /// Tells the answer so far to whoever watches.
    pub(super) fn expect(&mut self, best: Option<Span>) {
        self.best = best;
    }

    /// Runs a request if there is time left after it for so many others of its length. The target may fail
    /// to now and then, and nothing is kept of that.
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
                // Nobody says how long that took.
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

    /// What a trial takes besides measuring: the mean of those that ran, if that is more than was said.
    fn overhead(&self) -> Duration {
        let trials = self.trials.iter();
        let sum: Duration = trials
            .map(|trial| trial.took.saturating_sub(trial.length))
            .sum();
        let mean = sum.div_f64(as_f64(self.trials.len().max(1)));
        mean.max(self.overhead)
    }
}
