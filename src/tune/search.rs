//! Which candidate is tried next, and when that is over.

use std::collections::BTreeSet;
use std::time::Duration;

use fastrand::Rng;
use serde::{Deserialize, Serialize};

use super::estimate::{Estimate, Span};
use super::observer::{Observer, Progress};
use super::order::{Order, Purpose};
use super::plan::{Plan, REPEATS};
use super::settings::{Calibration, Settings};
use super::target::{Target, TargetError};
use super::trial::Trial;
use super::{as_f64, verdict};
use crate::load::Stop;

/// Trials in a row that a target may fail to run before there is no hope that it will.
const MOST_FAILURES: usize = 3;

/// How often a candidate is run in one round of refinement: twice, so that it tells of its spread.
const PER_ROUND: usize = 2;

/// Why no more was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The decision is made at 95 %.
    Decided,
    /// The budget was spent.
    Spent,
    /// Somebody asked for it.
    Interrupted,
    /// The target failed, for this reason.
    Failed(String),
}

/// A search under way.
pub(super) struct Search<'a> {
    settings: &'a Settings,
    calibration: &'a Calibration,
    target: &'a mut dyn Target,
    stop: &'a Stop,
    observer: &'a mut dyn Observer,
    plan: Plan,
    random: Rng,
    trials: Vec<Trial>,
    best: Option<Span>,
    /// Trials in a row that failed.
    failures: usize,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        target: &'a mut dyn Target,
        settings: &'a Settings,
        calibration: &'a Calibration,
        stop: &'a Stop,
        observer: &'a mut dyn Observer,
    ) -> Self {
        Self {
            plan: Plan::of(settings, calibration),
            random: Rng::with_seed(settings.seed),
            settings,
            calibration,
            target,
            stop,
            observer,
            trials: Vec::new(),
            best: None,
            failures: 0,
        }
    }

    /// Tries candidates until the decision is made or nothing more can be done about it.
    pub(super) fn run(&mut self) -> End {
        let result = self.sweep().and_then(|()| self.refine());
        result.err().unwrap_or(End::Decided)
    }

    /// What was tried.
    pub(super) fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// What that says.
    pub(super) fn estimate(&mut self) -> Option<Estimate> {
        let estimate = Estimate::of(&self.trials, &mut self.random);
        self.best = estimate.as_ref().and_then(|estimate| estimate.smallest);
        estimate
    }

    /// Blocks of all candidates, each in an order of its own: whatever happens to the machine meanwhile
    /// happens to all of them.
    fn sweep(&mut self) -> Result<(), End> {
        let sentinel = self.plan.sentinel();
        for _ in 0..REPEATS {
            let mut block = self.plan.counts.clone();
            self.random.shuffle(&mut block);
            self.run_all(Purpose::Sweep, sentinel, &block)?;
        }
        Ok(())
    }

    /// Rounds of those candidates that may be the answer. Ends: each round takes from the budget.
    fn refine(&mut self) -> Result<(), End> {
        loop {
            let open = match self.estimate() {
                Some(estimate) if verdict::is_settled(&estimate) => return Ok(()),
                Some(estimate) => verdict::open(&estimate, &self.tried()),
                None => self.plan.counts.clone(),
            };
            let mut round = open.repeat(PER_ROUND);
            self.random.shuffle(&mut round);
            self.run_all(Purpose::Refine, self.plan.sentinel(), &round)?;
        }
    }

    fn tried(&self) -> BTreeSet<usize> {
        self.trials
            .iter()
            .map(|trial| trial.candidate.workers)
            .collect()
    }

    fn run_all(&mut self, purpose: Purpose, sentinel: usize, counts: &[usize]) -> Result<(), End> {
        self.run_one(Purpose::Sentinel, sentinel)?;
        counts
            .iter()
            .try_for_each(|count| self.run_one(purpose, *count))
    }

    fn run_one(&mut self, purpose: Purpose, workers: usize) -> Result<(), End> {
        let elapsed = self.elapsed();
        if self.stop.is_requested() {
            return Err(End::Interrupted);
        }
        if elapsed + self.plan.cost > self.plan.until {
            return Err(End::Spent);
        }
        let candidate = self.settings.candidate(workers, self.calibration.service);
        let order = Order {
            purpose,
            candidate,
            offered: self.settings.offered(candidate),
            length: self.plan.length,
        };
        self.observer.tries(&Progress {
            order,
            done: self.trials.len(),
            best: self.best,
            elapsed,
            left: self.settings.budget.saturating_sub(elapsed),
        });
        match self.target.run(&order) {
            Ok(trial) => {
                self.failures = 0;
                self.observer.tried(&trial);
                self.trials.push(trial);
                Ok(())
            }
            Err(TargetError::Interrupted) => Err(End::Interrupted),
            Err(TargetError::Failed(reason)) => {
                self.failures += 1;
                if self.failures < MOST_FAILURES {
                    Ok(())
                } else {
                    Err(End::Failed(reason))
                }
            }
        }
    }

    fn elapsed(&self) -> Duration {
        let ended = self.trials.last().map_or(self.calibration.took, Trial::ended);
        // Nobody says how long those took that failed since.
        ended + self.plan.cost.mul_f64(as_f64(self.failures))
    }
}
