//! The plan of a budget: the swept numbers of workers, the trial length, and the reserve for later runs.

use std::time::Duration;

use super::settings::{Calibration, Effort, Settings};
use crate::base::as_f64;

/// Runs of each candidate in a sweep; fewer do not show the spread.
pub(super) const REPEATS: usize = 3;

/// The share of a budget for the sweep; the rest is for refinement and later runs. Many short trials tell
/// more than few long ones, because most of the variance lies between runs.
const SWEEP: f64 = 0.3;
const QUICK_SWEEP: f64 = 0.4;

/// The largest share of the budget reserved for runs after the search.
const RESERVE: f64 = 0.45;

/// The numbers of workers in a verification: the verdict, half of it and twice.
const VERIFIED: usize = 3;

/// Fresh runs of each of them if they fit this share of the budget, otherwise one. With three, one
/// disturbed run refutes nothing.
const FRESH: usize = 3;
const FRESH_SHARE: f64 = 0.25;

/// The rates at which latency is measured, as shares of the verdict's throughput.
pub(super) const RATES: [f64; 4] = [0.3, 0.6, 0.85, 1.0];

/// The numbers of workers at which latency is measured: the ones of the verification.
const LOADED: usize = VERIFIED;

/// The limits of a trial's length. Shorter trials measure momentary noise; longer ones add no more than
/// another trial would.
const SHORTEST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(10);

/// The factors between the numbers of workers of a sweep; the first that fits the budget is used.
const FACTORS: [usize; 3] = [2, 3, 4];

/// The plan of a budget.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// The swept numbers of workers, ascending.
    pub(super) counts: Vec<usize>,
    /// The measured length of a trial.
    pub(super) length: Duration,
    /// The rates at which latency is measured, if there is time.
    pub(super) rates: &'static [f64],
    /// Fresh runs of the verdict, of half and of twice its workers.
    pub(super) fresh: usize,
}

impl Plan {
    pub(super) fn of(settings: &Settings, calibration: &Calibration) -> Self {
        let most = settings.most();
        let overhead = calibration.overhead;
        let budget = settings.budget.saturating_sub(calibration.took);
        let sweep = budget.mul_f64(match settings.effort {
            Effort::Full => SWEEP,
            Effort::Quick => QUICK_SWEEP,
        });
        let spaced = |factor: usize| spaced(most, factor);
        let fits =
            |counts: &Vec<usize>| (SHORTEST + overhead).mul_f64(as_f64(trials(counts))) <= sweep;
        let counts = FACTORS.into_iter().map(spaced).find(fits);
        let counts =
            counts.unwrap_or_else(|| FACTORS.last().map_or_else(Vec::new, |it| spaced(*it)));
        let each = sweep.div_f64(as_f64(trials(&counts)));
        let length = each.saturating_sub(overhead).clamp(SHORTEST, LONGEST);
        let costs = |trials: usize| (length + overhead).mul_f64(as_f64(trials));
        let is_soon_over = costs(after_load(FRESH)) <= budget.mul_f64(FRESH_SHARE);
        let fresh = if is_soon_over { FRESH } else { 1 };
        let affordable = |rates: &&'static [f64]| {
            costs(rates.len() * LOADED + after_load(fresh)) <= budget.mul_f64(RESERVE)
        };
        let rates: &'static [f64] = match settings.effort {
            Effort::Full => Some(RATES.as_slice()).filter(affordable).unwrap_or(&[]),
            Effort::Quick => &[],
        };
        Self {
            counts,
            length,
            rates,
            fresh,
        }
    }

    /// The number of trials for which time is reserved after the search.
    pub(super) fn after_search(&self) -> usize {
        self.rates.len() * LOADED + self.after_load()
    }

    /// The number of trials for which time is reserved after the latency runs: an overload and a
    /// verification.
    pub(super) fn after_load(&self) -> usize {
        after_load(self.fresh)
    }

    /// The number of trials in a verification.
    pub(super) fn verifying(&self) -> usize {
        VERIFIED * self.fresh
    }

    /// The number of workers that is repeated to detect changes of the machine.
    pub(super) fn sentinel(&self) -> usize {
        self.counts.get(self.counts.len() / 2).copied().unwrap_or(1)
    }
}

fn after_load(fresh: usize) -> usize {
    1 + VERIFIED * fresh
}

/// The number of trials in a sweep: the sentinel runs twice in each block.
fn trials(counts: &[usize]) -> usize {
    REPEATS * (counts.len() + 1)
}

/// One worker, the most, and the numbers between at this factor.
fn spaced(most: usize, factor: usize) -> Vec<usize> {
    let all = std::iter::successors(Some(1), |count: &usize| count.checked_mul(factor));
    // A number close to the most adds no information.
    let mut counts: Vec<usize> = all
        .take_while(|count| count.saturating_mul(4) <= most.saturating_mul(3))
        .collect();
    counts.push(most);
    counts
}

#[cfg(test)]
mod tests {
    use super::super::tests::{calibration, settings};
    use super::*;

    #[test]
    fn a_sweep_goes_from_one_worker_to_the_most_in_steps_of_one_factor() {
        for (most, factor, counts) in [
            (64, 2, vec![1, 2, 4, 8, 16, 32, 64]),
            (48, 2, vec![1, 2, 4, 8, 16, 32, 48]),
            (40, 2, vec![1, 2, 4, 8, 16, 40]),
            (2, 2, vec![1, 2]),
            (1, 2, vec![1]),
            (64, 4, vec![1, 4, 16, 64]),
        ] {
            assert_eq!(spaced(most, factor), counts);
        }
    }

    #[test]
    fn after_the_search_there_is_time_for_all_that_follows_and_before_it_for_the_sweep() {
        for (most, budget, overhead, effort) in [
            (64, 120, 0.5, Effort::Full),
            (256, 120, 0.5, Effort::Full),
            (64, 45, 0.5, Effort::Quick),
            (256, 45, 0.4, Effort::Quick),
            (16, 600, 0.5, Effort::Full),
        ] {
            let settings = Settings {
                budget: Duration::from_secs(budget),
                effort,
                ..settings(most, 1)
            };
            let calibration = Calibration {
                overhead: Duration::from_secs_f64(overhead),
                ..calibration()
            };
            let plan = Plan::of(&settings, &calibration);
            let cost = plan.length + calibration.overhead;
            let all = trials(&plan.counts) + plan.after_search();
            let needed = calibration.took + cost.mul_f64(as_f64(all));
            assert!(needed <= settings.budget, "{plan:?}");
            assert_eq!(plan.rates.is_empty(), effort == Effort::Quick);
        }
    }
}
