//! How a budget is spent: which numbers of workers are swept, and how long a trial measures.

use std::time::Duration;

use super::as_f64;
use super::settings::{Calibration, Settings};

/// How often every candidate of a sweep is run, at least: fewer runs tell nothing of their spread.
pub(super) const REPEATS: usize = 3;

/// The share of a budget that the sweep may take; the rest is for where the decision is open.
const SWEEP: f64 = 0.45;

/// Trials that are kept back to see whether the prediction holds: the verdict, half of it and twice.
const VERIFYING: u32 = 3;

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
    /// How long a trial takes, as far as is known.
    pub(super) cost: Duration,
    /// When no more trials may begin that are not to verify.
    pub(super) until: Duration,
}

impl Plan {
    pub(super) fn of(settings: &Settings, calibration: &Calibration) -> Self {
        let most = settings.most();
        let overhead = calibration.overhead;
        let sweep = settings.budget.mul_f64(SWEEP);
        let spaced = |factor: usize| spaced(most, factor);
        let fits =
            |counts: &Vec<usize>| (SHORTEST + overhead).mul_f64(as_f64(trials(counts))) <= sweep;
        let counts = FACTORS.into_iter().map(spaced).find(fits);
        let counts =
            counts.unwrap_or_else(|| FACTORS.last().map_or_else(Vec::new, |it| spaced(*it)));
        let each = sweep.div_f64(as_f64(trials(&counts)));
        let length = each.saturating_sub(overhead).clamp(SHORTEST, LONGEST);
        let cost = length + overhead;
        Self {
            until: settings.budget.saturating_sub(cost * VERIFYING),
            counts,
            length,
            cost,
        }
    }

    /// The number of workers that is tried again and again, to see whether the machine changes.
    pub(super) fn sentinel(&self) -> usize {
        self.counts.get(self.counts.len() / 2).copied().unwrap_or(1)
    }
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
}
