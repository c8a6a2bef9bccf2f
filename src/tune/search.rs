//! The search: the choice of the next candidate, and the condition to stop.

use std::collections::BTreeSet;

use super::estimate::Estimate;
use super::plan::REPEATS;
use super::request::Purpose;
use super::runner::TuningEnd;
use super::tuning::Course;
use super::{trial, verdict};

/// Runs of a candidate in one round of refinement: two, so that they show its spread.
const PER_ROUND: usize = 2;

impl Course<'_, '_> {
    /// Tries candidates until the decision is made or no more trials help.
    pub(super) fn search(&mut self) -> TuningEnd {
        let result = self.sweep().and_then(|()| self.refine());
        result.err().unwrap_or(TuningEnd::Decided)
    }

    /// Blocks of all candidates, each in random order, so that changes of the machine affect all
    /// candidates.
    fn sweep(&mut self) -> Result<(), TuningEnd> {
        for _ in 0..REPEATS {
            let mut block = self.plan.counts.clone();
            self.random.shuffle(&mut block);
            self.run_all(Purpose::Sweep, &block)?;
        }
        Ok(())
    }

    /// Rounds of the candidates that may be the answer. The loop ends because each round takes from the
    /// budget.
    fn refine(&mut self) -> Result<(), TuningEnd> {
        loop {
            let open = match self.estimate() {
                Some(estimate) if verdict::is_settled(&estimate, self.runner.trials()) => {
                    return Ok(());
                }
                Some(estimate) => verdict::open(&estimate, &self.tried()),
                None => self.plan.counts.clone(),
            };
            let mut round = open.repeat(PER_ROUND);
            self.random.shuffle(&mut round);
            self.run_all(Purpose::Refine, &round)?;
        }
    }

    /// The estimate from all search trials.
    fn estimate(&mut self) -> Option<Estimate> {
        let searched = trial::searched(self.runner.trials());
        let estimate = Estimate::of(&searched, self.settings.seed);
        let best = estimate.as_ref().and_then(|estimate| estimate.smallest);
        self.runner.expect(best);
        estimate
    }

    fn tried(&self) -> BTreeSet<usize> {
        let trials = self.runner.trials().iter();
        trials.map(|trial| trial.candidate.workers).collect()
    }

    fn run_all(&mut self, purpose: Purpose, counts: &[usize]) -> Result<(), TuningEnd> {
        self.run_one(Purpose::Sentinel, self.plan.sentinel())?;
        counts
            .iter()
            .try_for_each(|count| self.run_one(purpose, *count))
    }

    fn run_one(&mut self, purpose: Purpose, workers: usize) -> Result<(), TuningEnd> {
        let candidate = self.settings.candidate(workers, self.calibration.service);
        let request = self.request(purpose, candidate, self.settings.offered(candidate));
        self.runner.run(request, self.plan.after_search())
    }
}
