//! How a budget is spent: which numbers of workers are swept, how long a trial measures, and what is
//! kept back for later.

use std::time::Duration;

use super::settings::{Calibration, Effort, Settings};
use crate::base::as_f64;

/// How often every candidate of a sweep is run: fewer runs tell nothing of their spread.
pub(super) const REPEATS: usize = 3;

/// The share of a budget that the sweep may take; the rest is for where the decision is open and for
/// what comes after it. Many short trials tell more than few long ones: most of what makes runs differ
/// does so from run to run.
const SWEEP: f64 = 0.3;
const QUICK_SWEEP: f64 = 0.4;

/// The most that may be kept back for what comes after the search.
const RESERVE: f64 = 0.45;

/// The numbers of workers that are run afresh to see whether predictions hold: the verdict, half of it and
/// twice.
const VERIFIED: usize = 3;

/// How often each of them is where that takes no more than such a share of the budget, so that a run
/// that something disturbed refutes nothing; otherwise once.
const FRESH: usize = 3;
const FRESH_SHARE: f64 = 0.25;

/// The rates at which latency is looked at, as shares of what the verdict gives.
pub(super) const RATES: [f64; 4] = [0.3, 0.6, 0.85, 1.0];

/// The numbers of workers at which it is: those of the verification.
const LOADED: usize = VERIFIED;

/// What a trial measures, at least and at most: shorter ones see a machine's mood, and longer ones no
/// more than the next would.
const SHORTEST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(10);

/// The factors between the numbers of workers of a sweep, the first of which fits the budget.
const FACTORS: [usize; 3] = [2, 3, 4];

/// How a budget is spent.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// The numbers of workers that are swept, from few to many.
    pub(super) counts: Vec<usize>,
    /// How long a trial measures.
    pub(super) length: Duration,
    /// The rates at which latency is looked at, if there is time for it.
    pub(super) rates: &'static [f64],
    /// How often the verdict and what stands around it are run afresh.
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

    /// For how many trials there must be time left after the search.
    pub(super) fn after_search(&self) -> usize {
        self.rates.len() * LOADED + self.after_load()
    }

    /// For how many there must be after the look at latency against load: an overload and a verification.
    pub(super) fn after_load(&self) -> usize {
        after_load(self.fresh)
    }

    /// How many trials a verification is.
    pub(super) fn verifying(&self) -> usize {
        VERIFIED * self.fresh
    }

    /// The number of workers that is tried again and again, to see whether the machine changes.
    pub(super) fn sentinel(&self) -> usize {
        self.counts.get(self.counts.len() / 2).copied().unwrap_or(1)
    }
}

fn after_load(fresh: usize) -> usize {
    1 + VERIFIED * fresh
}

/// How many trials a sweep of so many candidates is: in each block the sentinel runs twice.
fn trials(counts: &[usize]) -> usize {
    REPEATS * (counts.len() + 1)
}

/// One, the most, and what lies between at this factor.
fn spaced(most: usize, factor: usize) -> Vec<usize> {
    let all = std::iter::successors(Some(1), |count: &usize| count.checked_mul(factor));
    // What is next to the most tells no more than that.
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
