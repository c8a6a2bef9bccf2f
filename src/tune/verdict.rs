//! Which number of workers to run, or why that cannot be told.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::estimate::{Band, Estimate, Span, WITHIN};
use super::settings::{Demand, Settings};
use super::trial::{self, Trial};
use crate::base::as_f64;

/// How likely it must be, 0 to 1, that a number of workers is good enough where that is said.
pub const SURE: f64 = 0.95;

/// How likely it may be where the opposite is said.
pub const UNLIKELY: f64 = 0.05;

/// How far above the lower end of what may be the answer it may lie, as a factor: for it to be one at all,
/// and for there to be nothing to gain by more trials.
const WIDE: f64 = 3.0;
const NARROW: f64 = 1.5;

/// What may be lost at 95 % by what is run although the smallest number that is good enough lies anywhere
/// in a wide span: whoever runs it has little to gain by knowing that number.
const BEARABLE: f64 = 0.1;

/// A loss that is worth no worker when the answer is not known anyway.
const HARDLY: f64 = 0.005;

/// How often the answer must have run.
const SEEN: usize = 2;

/// The part of the largest number of workers that was tried below which throughput must have levelled
/// off: what rises for longer may rise for ever.
const LEVEL: f64 = 0.8;

/// Which candidate to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// This one.
    Run(Choice),
    /// It cannot be told.
    Untold {
        /// Why.
        reason: Reason,
        /// What to run until it can, if anything ran.
        meanwhile: Option<Choice>,
    },
}

/// A candidate and what it gives.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// What to run.
    pub candidate: Candidate,
    /// Where the smallest number of workers that is good enough may lie at 95 %.
    pub span: Span,
    /// What it gives.
    pub band: Band,
}

/// Why it cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Too few trials that can be believed.
    TooFew,
    /// Runs of the same candidate lie too far apart for so few of them.
    Noise,
    /// Throughput still rises with the most workers that were tried.
    NotReached,
    /// Some number of workers may meet the objectives, or none.
    Undecided,
    /// No number of workers meets the objectives, for sure.
    Objectives,
}

impl Verdict {
    /// What to run: the verdict, or what to run until there is one.
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

    /// The verdict with the shortest of queues: how long it should be is not for the estimate to say.
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
                // Where the answer is as likely to lie far below, that it rises is no more than noise.
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
        // What was not tried itself is only what a law says.
        let tried = trials
            .iter()
            .filter(|trial| trial.candidate.workers == pick.workers);
        is_within(NARROW, span, pick) && tried.count() >= SEEN
    })
}

/// Where more trials would: at the ends and in the middle of what may be the answer, and where most is
/// given.
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
    // A repetition of what is nearly the same is worth more than one run of that.
    let near = |count| trial::nearly(tried.iter().copied(), count).unwrap_or(count);
    let counts: BTreeSet<usize> = counts.map(near).collect();
    counts.into_iter().collect()
}

fn is_within(factor: f64, span: Span, pick: &Band) -> bool {
    pick.workers <= span.low + 1 || as_f64(pick.workers) <= factor * as_f64(span.low)
}

impl Estimate {
    /// The smallest number of workers that is good enough for sure, if the answer may lie there: where
    /// it lies lower for sure, more workers are a safer choice but no answer.
    fn pick(&self) -> Option<&Band> {
        let span = self.smallest?;
        let sure = self.curve.iter().find(|band| band.chance >= SURE);
        sure.filter(|band| (span.low..=span.high).contains(&band.workers))
    }

    /// The smallest that may be the answer of which no more loss is expected than of any other, or hardly:
    /// of those that meet the objectives for sure or, if none does, of those that likeliest do.
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

    /// Whether so many workers are among the last fifth of those that were looked at.
    fn is_late(&self, workers: usize) -> bool {
        let last = self.curve.last().map_or(0, |band| band.workers);
        as_f64(workers) > LEVEL * as_f64(last)
    }

    /// Whether the most workers gain no more than is worth a worker on the best below the last fifth that may
    /// meet the objectives, or cannot be the answer: there are no more clients, or they miss the objectives.
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

    /// Throughput that is highest, by a little, at the end.
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
        // The more workers, the more they serve and the less likely are the objectives met.
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
