//! The rate of an open loop over time, in sessions a second.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::base::duration;

/// The highest rate of a run, in sessions a second.
pub const HIGHEST_RATE: f64 = 10_000_000.0;

/// The lowest rate above zero: less than one session in three years is taken for a mistake.
const LOWEST_RATE: f64 = 1e-8;

/// Rates, each valid from one moment until the next.
#[derive(Debug, Clone, PartialEq)]
pub struct Stages {
    /// In order of time; the first begins at 0.
    steps: Vec<Step>,
}

/// A rate from a moment on.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Step {
    from: Duration,
    rate: f64,
}

impl Stages {
    /// One rate for the whole run; `None` outside the accepted range.
    pub fn constant(rate: f64) -> Option<Self> {
        let from = Duration::ZERO;
        is_rate(rate).then(|| Self {
            steps: vec![Step { from, rate }],
        })
    }

    /// These rates until a moment, and `others` from then on, as if they began then.
    pub(in crate::load) fn then(mut self, from: Duration, others: &Self) -> Self {
        self.steps.retain(|step| step.from < from);
        self.steps.extend(others.steps.iter().map(|step| Step {
            from: step.from + from,
            rate: step.rate,
        }));
        self
    }

    /// The sum of both at every moment; `None` if it exceeds the highest rate.
    pub(in crate::load) fn plus(&self, other: &Self) -> Option<Self> {
        let mut changes: Vec<Duration> = [self, other]
            .into_iter()
            .flat_map(|stages| stages.steps.iter().map(|step| step.from))
            .collect();
        changes.sort_unstable();
        changes.dedup();
        let steps = changes.into_iter().map(|from| {
            let rate = self.rate(from) + other.rate(from);
            (rate <= HIGHEST_RATE).then_some(Step { from, rate })
        });
        let steps = steps.collect::<Option<_>>()?;
        Some(Self { steps })
    }

    /// The rate at a moment.
    pub fn rate(&self, at: Duration) -> f64 {
        let begun = self.steps.iter().take_while(|step| step.from <= at);
        begun.last().map_or(0.0, |step| step.rate)
    }

    /// The number of sessions to begin before a moment.
    pub fn count(&self, until: Duration) -> f64 {
        let mut count = 0.0;
        for (step, end) in self.spans() {
            let end = end.unwrap_or(until).min(until);
            count += step.rate * end.saturating_sub(step.from).as_secs_f64();
        }
        count
    }

    /// The moment before which `count` sessions are to begin; `None` if that count is never reached.
    pub fn moment(&self, count: f64) -> Option<Duration> {
        let mut left = count;
        for (step, end) in self.spans() {
            let seconds = if left <= 0.0 { 0.0 } else { left / step.rate };
            let within = Duration::try_from_secs_f64(seconds).ok();
            let moment = within.and_then(|within| step.from.checked_add(within));
            match (moment, end) {
                (Some(moment), None) => return Some(moment),
                (Some(moment), Some(end)) if moment < end => return Some(moment),
                (_, Some(end)) => {
                    left -= step.rate * end.saturating_sub(step.from).as_secs_f64();
                }
                (None, None) => return None,
            }
        }
        None
    }

    /// The highest of its rates.
    pub fn highest(&self) -> f64 {
        self.steps.iter().map(|step| step.rate).fold(0.0, f64::max)
    }

    /// The time of the last change of rate.
    pub fn last_change(&self) -> Duration {
        self.steps.last().map_or(Duration::ZERO, |step| step.from)
    }

    /// Each step and its end, if it has one.
    fn spans(&self) -> impl Iterator<Item = (Step, Option<Duration>)> {
        let ends = self.steps.iter().skip(1).map(|step| Some(step.from));
        self.steps.iter().copied().zip(ends.chain([None]))
    }
}

fn is_rate(rate: f64) -> bool {
    (LOWEST_RATE..=HIGHEST_RATE).contains(&rate)
}

/// The reason why a text is not a list of stages.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StagesError {
    /// Not of the form `MOMENT:RATE`.
    #[error("a stage is written MOMENT:RATE, such as 10s:1000, got {0:?}")]
    Form(String),
    /// The part before the colon is not a duration.
    #[error("a stage begins at a moment such as 0 or 10s, got {0:?}")]
    Moment(String),
    /// The part after the colon is not a rate.
    #[error("a rate lies between 0 and {HIGHEST_RATE} sessions a second, got {0:?}")]
    Rate(String),
    /// The first stage does not begin at 0.
    #[error("the first stage begins at 0, got {}", duration::text(*.0))]
    First(Duration),
    /// A stage does not begin after the previous one.
    #[error(
        "stages stand in order of time, got {} after {}",
        duration::text(*.next),
        duration::text(*.before)
    )]
    Order {
        /// The previous stage.
        before: Duration,
        /// The stage after it, which begins too early.
        next: Duration,
    },
    /// No stage has a rate above 0.
    #[error("at least one stage has a rate above 0")]
    Idle,
}

impl FromStr for Stages {
    type Err = StagesError;

    fn from_str(list: &str) -> Result<Self, StagesError> {
        let mut steps: Vec<Step> = Vec::new();
        for written in list.split(',') {
            let next = step(written.trim())?;
            match steps.last() {
                None if !next.from.is_zero() => return Err(StagesError::First(next.from)),
                Some(before) if next.from <= before.from => {
                    let (before, next) = (before.from, next.from);
                    return Err(StagesError::Order { before, next });
                }
                _ => steps.push(next),
            }
        }
        if steps.iter().all(|step| step.rate == 0.0) {
            return Err(StagesError::Idle);
        }
        Ok(Self { steps })
    }
}

fn step(written: &str) -> Result<Step, StagesError> {
    let (from, rate) = written
        .split_once(':')
        .ok_or_else(|| StagesError::Form(written.to_owned()))?;
    let refused = || StagesError::Rate(rate.to_owned());
    let number: f64 = rate.trim().parse().map_err(|_| refused())?;
    if number != 0.0 && !is_rate(number) {
        return Err(refused());
    }
    Ok(Step {
        from: moment(from.trim())?,
        rate: number,
    })
}

fn moment(text: &str) -> Result<Duration, StagesError> {
    duration::parse(text).ok_or_else(|| StagesError::Moment(text.to_owned()))
}

impl fmt::Display for Stages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Step { from, rate }) in self.steps.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{}:{rate}", duration::text(*from))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stages(text: &str) -> Stages {
        text.parse().unwrap()
    }

    fn any_stages() -> impl Strategy<Value = Stages> {
        let step = (1_u64..5_000, prop_oneof![Just(0), 1_u32..10_000]);
        (1_u32..10_000, proptest::collection::vec(step, 0..6)).prop_map(|(first, later)| {
            let mut from = Duration::ZERO;
            let mut steps = vec![Step {
                from,
                rate: f64::from(first),
            }];
            for (millis, rate) in later {
                from += Duration::from_millis(millis);
                let rate = f64::from(rate);
                steps.push(Step { from, rate });
            }
            Stages { steps }
        })
    }

    #[test]
    fn each_stage_holds_from_its_moment_on() {
        let stages = stages("0:100, 10s:1000,1m:0");
        let rate = |seconds| stages.rate(Duration::from_secs(seconds));
        assert_eq!(
            [0, 9, 10, 59, 60, 99].map(rate),
            [100.0, 100.0, 1000.0, 1000.0, 0.0, 0.0]
        );
        assert_eq!(stages.count(Duration::from_secs(11)), 2000.0);
        assert_eq!(stages.moment(2000.0), Some(Duration::from_secs(11)));
        assert_eq!(stages.moment(1e9), None);
    }

    #[test]
    fn what_is_no_schedule_is_refused_with_the_reason() {
        let refused = |text: &str| text.parse::<Stages>().unwrap_err().to_string();
        for (text, reason) in [
            ("", "MOMENT:RATE"),
            ("100", "MOMENT:RATE"),
            ("0:x", "a rate lies between"),
            ("0:-1", "a rate lies between"),
            ("0:inf", "a rate lies between"),
            ("0:NaN", "a rate lies between"),
            ("5:1", "a moment such as"),
            ("18446744073709551615s 1000ms:1", "a moment such as"),
            ("1s:1", "the first stage begins at 0, got 1s"),
            ("0:1,2s:2,2s:3", "got 2s after 2s"),
            ("0:0,1s:0", "above 0"),
        ] {
            let said = refused(text);
            assert!(said.contains(reason), "{text:?}: {said}");
        }
    }

    proptest! {
        #[test]
        fn stages_read_back_as_they_are_written(stages in any_stages()) {
            prop_assert_eq!(stages.to_string().parse(), Ok(stages));
        }

        #[test]
        fn two_schedules_together_begin_as_many_as_both(a in any_stages(), b in any_stages(), until in 0_u64..20_000) {
            let until = Duration::from_millis(until);
            let (both, apart) = (a.plus(&b).unwrap().count(until), a.count(until) + b.count(until));
            prop_assert!((both - apart).abs() <= 1e-6 * apart.max(1.0), "{both} and {apart}");
        }

        #[test]
        fn before_the_moment_of_a_count_exactly_that_many_begin(stages in any_stages(), count in 0.0..20_000.0_f64) {
            if let Some(moment) = stages.moment(count) {
                // A moment has a resolution of one nanosecond.
                let (least, most) = (moment.saturating_sub(Duration::from_nanos(2)), moment + Duration::from_nanos(2));
                prop_assert!(stages.count(least) <= count + 1e-3 && count - 1e-3 <= stages.count(most));
            }
        }

        #[test]
        fn moments_never_run_backwards(stages in any_stages(), count in 0.0..20_000.0_f64, more in 0.0..100.0_f64) {
            if let (Some(first), Some(second)) = (stages.moment(count), stages.moment(count + more)) {
                prop_assert!(first <= second);
            }
        }
    }
}
