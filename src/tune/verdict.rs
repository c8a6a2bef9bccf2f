//! The verdict: the recommended number of workers, or why there is none.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::estimate::{Band, Estimate, Span, WITHIN};
use super::settings::{Demand, Settings};
use super::trial::{self, Trial};
use crate::base::as_f64;

/// The least probability, 0 to 1, at which a number of workers is called good enough.
pub const SURE: f64 = 0.95;

/// The largest probability at which a number of workers is called not good enough.
pub const UNLIKELY: f64 = 0.05;

/// The limits of the answer, as factors over the lower end of its interval. The first allows an answer at
/// all; below the second, more trials gain nothing.
const WIDE: f64 = 3.0;
const NARROW: f64 = 1.5;

/// The tolerable loss, at 95 %, of a candidate in a wide interval: within it, a more exact answer gains
/// little.
const BEARABLE: f64 = 0.1;

/// The loss that is worth no extra worker when the answer is unknown anyway.
const HARDLY: f64 = 0.005;

/// The number of runs that the answer must have.
const SEEN: usize = 2;

/// The part of the largest tried number of workers below which throughput must level off. A later rise
/// may continue beyond the largest number.
const LEVEL: f64 = 0.8;

/// The recommendation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Run this candidate.
    Run(Choice),
    /// There is no recommendation.
    Untold {
        /// Why there is no recommendation.
        reason: Reason,
        /// The candidate to run meanwhile, if anything ran.
        meanwhile: Option<Choice>,
    },
}

/// A candidate and its estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The candidate.
    pub candidate: Candidate,
    /// The 95 % interval of the smallest number of workers that is good enough.
    pub span: Span,
    /// The estimate for the candidate.
    pub band: Band,
}

/// Why there is no recommendation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// There are too few valid trials.
    TooFew,
    /// Runs of equal candidates differ too much for their number.
    Noise,
    /// Throughput still rises at the largest tried number of workers.
    NotReached,
    /// Whether any number of workers meets the objectives is undecided.
    Undecided,
    /// Surely no number of workers meets the objectives.
    Objectives,
}

impl Verdict {
    /// The candidate to run: the recommended one, or the one to run meanwhile.
    pub fn choice(&self) -> Option<&Choice> {
        match self {
            Self::Run(choice) => Some(choice),
            Self::Untold { meanwhile, .. } => meanwhile.as_ref(),
        }
    }

    pub(super) fn choice_mut(&mut self) -> Option<&mut Choice> {
        match self {
            Self::Run(choice) => Some(choice),
            Self::Untold { meanwhile, .. } => meanwhile.as_mut(),
        }
    }

    /// The verdict with a queue of the least length; the estimate does not determine the queue.
    pub(super) fn of(estimate: Option<&Estimate>, settings: &Settings) -> Self {
        let untold = |reason, meanwhile| Self::Untold { reason, meanwhile };
        let Some(estimate) = estimate else {
            return untold(Reason::TooFew, None);
        };
        let choice = |band: &Band, span| Choice {
            candidate: Candidate {
                workers: band.workers,
                queue: 1,
            },
            span,
            band: *band,
        };
        let (Some(span), true) = (estimate.smallest, estimate.feasible > UNLIKELY) else {
            return untold(Reason::Objectives, None);
        };
        let safest = estimate.safest(span);
        let meanwhile = safest.map(|band| choice(band, span));
        match (estimate.pick(), safest) {
            _ if estimate.feasible < SURE => untold(Reason::Undecided, meanwhile),
            _ if !estimate.levels_off(settings) => {
                // If the answer may as well lie far below, the rise is only noise.
                let rises = estimate.is_late(span.middle);
                let reason = if rises {
                    Reason::NotReached
                } else {
                    Reason::Noise
                };
                untold(reason, meanwhile)
            }
            (Some(pick), _) if is_within(WIDE, span, pick) => Self::Run(choice(pick, span)),
            (_, Some(safest)) if safest.meets >= SURE && safest.loss_interval.high <= BEARABLE => {
                Self::Run(choice(safest, span))
            }
            _ => untold(Reason::Noise, meanwhile),
        }
    }
}

/// Whether more trials would not change the answer.
pub(super) fn is_settled(estimate: &Estimate, trials: &[Trial]) -> bool {
    let decided = estimate.smallest.zip(estimate.pick());
    decided.is_some_and(|(span, pick)| {
        // An untried candidate rests only on a law.
        let tried = trials
            .iter()
            .filter(|trial| trial.candidate.workers == pick.workers);
        is_within(NARROW, span, pick) && tried.count() >= SEEN
    })
}

/// The numbers of workers to try next: the ends and the middle of the answer's interval, and the best
/// throughput.
pub(super) fn open(estimate: &Estimate, tried: &BTreeSet<usize>) -> Vec<usize> {
    let best = estimate
        .curve
        .iter()
        .max_by(|a, b| a.goodput.total_cmp(&b.goodput));
    let best = best.map(|band| band.workers);
    let span = estimate
        .smallest
        .map(|span| [span.low, span.middle, span.high]);
    let pick = estimate.pick().map(|band| band.workers);
    let counts = span.into_iter().flatten().chain(best).chain(pick);
    // Repeating a nearly equal tried number is worth more than one run of a new number.
    let near = |count| trial::nearly(tried.iter().copied(), count).unwrap_or(count);
    let counts: BTreeSet<usize> = counts.map(near).collect();
    counts.into_iter().collect()
}

fn is_within(factor: f64, span: Span, pick: &Band) -> bool {
    pick.workers <= span.low + 1 || as_f64(pick.workers) <= factor * as_f64(span.low)
}

impl Estimate {
    /// The smallest number that is surely good enough, if it lies in the answer's interval. Above the
    /// interval, more workers are a safer choice but no answer.
    fn pick(&self) -> Option<&Band> {
        let span = self.smallest?;
        let sure = self.curve.iter().find(|band| band.chance >= SURE);
        sure.filter(|band| (span.low..=span.high).contains(&band.workers))
    }

    /// The smallest number in the interval with nearly the least expected loss. It is chosen among the
    /// numbers that surely meet the objectives, or else among the likeliest.
    fn safest(&self, span: Span) -> Option<&Band> {
        let bands = self.curve.iter();
        let bands = bands.filter(|band| (span.low..=span.high).contains(&band.workers));
        let meets = bands.clone().map(|band| band.meets);
        let enough = meets.max_by(f64::total_cmp)?.min(SURE);
        let mut bands = bands.filter(|band| band.meets >= enough);
        let expected = bands.clone().map(|band| band.expected_loss);
        let least = expected.min_by(f64::total_cmp)?;
        bands.find(|band| band.expected_loss <= least + HARDLY)
    }

    /// Whether the number of workers is in the last fifth of the evaluated range.
    fn is_late(&self, workers: usize) -> bool {
        let last = self.curve.last().map_or(0, |band| band.workers);
        as_f64(workers) > LEVEL * as_f64(last)
    }

    /// Whether the most workers gain no worthwhile throughput over the best feasible number below the
    /// last fifth. Also true if the most workers cannot be the answer: there are no more clients, or they
    /// miss the objectives.
    fn levels_off(&self, settings: &Settings) -> bool {
        let Some(last) = self.curve.last() else {
            return false;
        };
        let is_bound = match settings.demand {
            Demand::Clients { clients, .. } => clients <= last.workers,
            Demand::PerWorker(_) | Demand::Rate(_) => false,
        };
        let before = self.curve.iter();
        let before = before.take_while(|band| !self.is_late(band.workers));
        let mut able = before.filter(|band| band.meets > UNLIKELY);
        let level = able.any(|band| band.goodput >= (1.0 - WITHIN) * last.goodput);
        is_bound || last.meets <= UNLIKELY || level
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::{Contest, Interval};
    use super::super::tests::settings;
    use super::*;

    /// An estimate with slightly the highest throughput at the end.
    fn estimate(middle: usize) -> Estimate {
        let none = Interval {
            low: 0.0,
            high: 0.0,
        };
        let curve = (1..=32).map(|workers| Band {
            workers,
            goodput: if workers < 32 { 950.0 } else { 1000.0 },
            interval: none,
            loss: 0.05,
            loss_interval: none,
            expected_loss: 0.05,
            meets: 1.0,
            chance: 0.4,
        });
        Estimate {
            curve: curve.collect(),
            smallest: Some(Span {
                low: 4,
                middle,
                high: 32,
            }),
            feasible: 1.0,
            contest: Contest { fits: Vec::new() },
            drift: None,
            spread: 0.1,
            freedom: 20.0,
        }
    }

    #[test]
    fn what_seems_to_rise_is_noise_where_the_answer_may_lie_far_below() {
        for (middle, because) in [(16, Reason::Noise), (28, Reason::NotReached)] {
            let verdict = Verdict::of(Some(&estimate(middle)), &settings(32, 1));
            let Verdict::Untold { reason, .. } = verdict else {
                panic!("{verdict:?}")
            };
            assert_eq!(reason, because, "around {middle}");
        }
    }

    #[test]
    fn what_rises_again_to_what_fewer_workers_gave_already_is_no_rise() {
        let rises = |best_before| {
            let mut estimate = estimate(28);
            estimate.curve[17].goodput = best_before;
            let verdict = Verdict::of(Some(&estimate), &settings(32, 1));
            let not_reached = Reason::NotReached;
            matches!(verdict, Verdict::Untold { reason, .. } if reason == not_reached)
        };
        assert_eq!([960.0, 980.0].map(rises), [true, false]);
    }

    #[test]
    fn that_no_number_meets_the_objectives_is_said_only_if_it_is_sure() {
        for (feasible, because) in [
            (0.0, Reason::Objectives),
            (0.05, Reason::Objectives),
            (0.06, Reason::Undecided),
            (0.94, Reason::Undecided),
            (1.0, Reason::Noise),
        ] {
            let estimate = Estimate {
                feasible,
                ..estimate(4)
            };
            let verdict = Verdict::of(Some(&estimate), &settings(32, 1));
            let Verdict::Untold { reason, meanwhile } = verdict else {
                panic!("{verdict:?}")
            };
            assert_eq!(reason, because, "at {feasible}");
            assert_eq!(meanwhile.is_none(), because == Reason::Objectives);
        }
    }

    #[test]
    fn more_throughput_is_no_reason_to_miss_the_objectives() {
        // More workers serve more, and meet the objectives with less probability.
        let mut estimate = estimate(20);
        for band in &mut estimate.curve {
            let workers = as_f64(band.workers);
            band.goodput = 100.0 * workers;
            band.expected_loss = 0.05 * (24.0 - workers);
            band.meets = if band.workers <= 22 { 1.0 } else { 0.03 };
        }
        let verdict = Verdict::of(Some(&estimate), &settings(32, 1));
        let Verdict::Run(choice) = verdict else {
            panic!("{verdict:?}")
        };
        assert_eq!(choice.candidate.workers, 22);
        for band in &mut estimate.curve {
            band.meets *= 0.9;
        }
        let verdict = Verdict::of(Some(&estimate), &settings(32, 1));
        let Verdict::Untold { reason, meanwhile } = verdict else {
            panic!("{verdict:?}")
        };
        assert_eq!(reason, Reason::Noise);
        assert_eq!(meanwhile.unwrap().candidate.workers, 22);
    }
}
