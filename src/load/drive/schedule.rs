//! The intended session starts of an open loop.
//!
//! The load is divided among n lanes, one for each thread of each process. Of evenly spaced arrivals
//! each lane takes every n-th, so that lanes never fire together. Of a Poisson process each lane makes
//! an independent n-th part, and the parts together are the process.

use std::time::Duration;

use crate::base::as_f64;
use crate::load::Stages;
use crate::load::plan::Arrivals;

/// One of several parallel parts of the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lane {
    /// The lane's index, from 0.
    pub(super) index: u64,
    /// The number of lanes.
    pub(super) count: u64,
}

impl Lane {
    /// This lane's part of a number of clients or sessions.
    pub(super) fn part(self, whole: u64) -> u64 {
        whole / self.count + u64::from(self.index < whole % self.count)
    }
}

/// The intended session starts of one lane, as times since the load began.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    stages: Stages,
    spacing: Spacing,
    /// Number of sessions of all lanes before the next one of this lane.
    count: f64,
    /// Number of lanes, which is the distance between two sessions of this lane.
    lanes: f64,
}

#[derive(Debug, Clone)]
enum Spacing {
    Constant,
    Poisson(fastrand::Rng),
}

impl Schedule {
    pub(super) fn new(stages: &Stages, arrivals: Arrivals, lane: Lane, seed: u64) -> Self {
        let (index, lanes) = (as_f64(lane.index), as_f64(lane.count));
        let stages = stages.clone();
        match arrivals {
            Arrivals::Constant => Self {
                stages,
                spacing: Spacing::Constant,
                // In the middle of its share, so that the count does not depend on where it begins.
                count: index + 0.5,
                lanes,
            },
            Arrivals::Poisson => {
                let mut random = random(seed, lane);
                Self {
                    stages,
                    count: lanes * exponential(&mut random),
                    spacing: Spacing::Poisson(random),
                    lanes,
                }
            }
        }
    }
}

impl Iterator for Schedule {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let moment = self.stages.moment(self.count)?;
        self.count += match &mut self.spacing {
            Spacing::Constant => self.lanes,
            Spacing::Poisson(random) => self.lanes * exponential(random),
        };
        Some(moment)
    }
}

/// The random numbers of one lane: different for each lane, and equal in every run.
pub(super) fn random(seed: u64, lane: Lane) -> fastrand::Rng {
    let mut seeds = fastrand::Rng::with_seed(seed);
    let mut own = seeds.fork();
    for _ in 0..lane.index {
        own = seeds.fork();
    }
    own
}

/// An exponentially distributed number of mean 1.
pub(super) fn exponential(random: &mut fastrand::Rng) -> f64 {
    // The argument is above zero, where the logarithm is finite.
    -(1.0 - random.f64()).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn schedule(stages: &str, arrivals: Arrivals, index: u64, count: u64) -> Schedule {
        let stages = stages.parse().unwrap();
        Schedule::new(&stages, arrivals, Lane { index, count }, 7)
    }

    /// All sessions of all lanes that begin before a moment, in order.
    fn merged(stages: &str, arrivals: Arrivals, lanes: u64, until: Duration) -> Vec<Duration> {
        let lane = |index| {
            schedule(stages, arrivals, index, lanes).take_while(move |moment| *moment < until)
        };
        let mut all: Vec<_> = (0..lanes).flat_map(lane).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn a_rate_below_the_number_of_lanes_is_still_that_rate() {
        let hour = Duration::from_hours(1);
        for rate in [1, 3, 8] {
            let stages = format!("0:{rate}");
            let all = merged(&stages, Arrivals::Constant, 8, hour);
            assert_eq!(all.len(), 3600 * rate, "at {rate} a second");
        }
    }

    #[test]
    fn evenly_spaced_sessions_are_evenly_spaced_over_all_lanes() {
        let all = merged("0:1000", Arrivals::Constant, 3, Duration::from_secs(2));
        for pair in all.windows(2) {
            let gap = pair[1].saturating_sub(pair[0]);
            assert!(
                gap.abs_diff(Duration::from_millis(1)) < Duration::from_nanos(10),
                "{gap:?}"
            );
        }
    }

    #[test]
    fn a_poisson_process_has_the_gaps_of_one_whatever_the_lanes() {
        for lanes in [1, 4] {
            let all = merged("0:1000", Arrivals::Poisson, lanes, Duration::from_secs(20));
            let gaps: Vec<f64> = all
                .windows(2)
                .map(|p| p[1].abs_diff(p[0]).as_secs_f64())
                .collect();
            let p = super::super::pacing::poisson_p(&gaps).unwrap();
            assert!(p > 0.01, "p = {p} with {lanes} lanes");
            assert!(
                (all.len() as f64 / 20_000.0 - 1.0).abs() < 0.03,
                "{}",
                all.len()
            );
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_arrivals_and_another_lane_makes_others() {
        let first = |index| {
            let mut schedule = schedule("0:10", Arrivals::Poisson, index, 2);
            schedule.next().unwrap()
        };
        assert_eq!(first(0), first(0));
        assert_ne!(first(0), first(1));
    }

    proptest! {
        #[test]
        fn the_lanes_together_take_the_whole(whole in 0_u64..10_000, count in 1_u64..64) {
            let parts = (0..count).map(|index| Lane { index, count }.part(whole));
            prop_assert_eq!(parts.sum::<u64>(), whole);
        }
    }
}
