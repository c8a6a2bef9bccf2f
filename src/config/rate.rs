//! Rates as values: a number a second, minute or hour.

use std::fmt;
use std::time::Duration;

use super::value::{Domain, Fault, Written, is_integer};

/// The rate of an event, in the unit it was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    times: u32,
    per: Period,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Period {
    Second,
    Minute,
    Hour,
}

impl Rate {
    /// The interval between two events, rounded up to nanoseconds so that the rate is never exceeded.
    pub fn interval(self) -> Duration {
        let nanos = self.per.span().as_nanos();
        let interval = nanos.div_ceil(u128::from(self.times).max(1));
        Duration::from_nanos(u64::try_from(interval).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.times, self.per.symbol())
    }
}

impl Period {
    const ALL: [Self; 3] = [Self::Second, Self::Minute, Self::Hour];

    fn symbol(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Minute => "m",
            Self::Hour => "h",
        }
    }

    fn span(self) -> Duration {
        match self {
            Self::Second => Duration::from_secs(1),
            Self::Minute => Duration::from_mins(1),
            Self::Hour => Duration::from_hours(1),
        }
    }
}

/// The highest rate a second, for every unit. The lowest rate is one an hour.
const MOST_A_SECOND: u64 = 1_000_000;

/// A rate within bounds.
#[derive(Debug)]
pub(super) struct Rates;

impl Domain for Rates {
    type Value = Rate;

    fn read(&self, written: &Written) -> Result<Rate, Fault> {
        let (times, unit) = written.text.split_once('/').unwrap_or((&written.text, ""));
        if !is_integer(times) {
            return Err(Fault::new(format!("a rate {}", self.bounds()), written));
        }
        let Some(per) = Period::ALL.into_iter().find(|it| it.symbol() == unit) else {
            return Err(self.misspelt(times, unit, written));
        };
        let most = MOST_A_SECOND * per.span().as_secs();
        let times = times.parse().ok();
        times
            .filter(|times| (1..=most).contains(&u64::from(*times)))
            .map(|times| Rate { times, per })
            .ok_or_else(|| Fault::new(self.bounds(), written))
    }

    fn text(&self, value: &Rate) -> String {
        value.to_string()
    }

    fn bounds(&self) -> String {
        format!("between 1/h and {MOST_A_SECOND}/s")
    }
}

impl Rates {
    /// The fault of a rate with an unknown unit, with a suggestion.
    fn misspelt(&self, times: &str, unit: &str, written: &Written) -> Fault {
        let fault = Fault::new(format!("a rate {}", self.bounds()), written);
        let symbol = match unit.trim().chars().next() {
            None | Some('s' | 'S') => "s",
            Some('m' | 'M') => "m",
            Some('h' | 'H') => "h",
            Some(_) => return fault,
        };
        fault.with_hint(format!("write \"{times}/{symbol}\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::value::Form;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Rate, String> {
        let (text, form) = (text.to_owned(), Form::Plain);
        let rate = Rates.read(&Written { text, form });
        rate.map_err(|fault| fault.to_string())
    }

    #[test]
    fn a_rate_that_is_none_is_answered_with_what_to_write() {
        let wanted = "between 1/h and 1000000/s";
        for (text, answer) in [
            ("10", format!("a rate {wanted}, got 10: write \"10/s\"")),
            (
                "10/sec",
                format!("a rate {wanted}, got 10/sec: write \"10/s\""),
            ),
            (
                "10/Min",
                format!("a rate {wanted}, got 10/Min: write \"10/m\""),
            ),
            ("10/day", format!("a rate {wanted}, got 10/day")),
            ("0/s", format!("{wanted}, got 0/s")),
            ("-1/s", format!("{wanted}, got -1/s")),
            ("1000001/s", format!("{wanted}, got 1000001/s")),
            ("4000000000/h", format!("{wanted}, got 4000000000/h")),
            ("99999999999/h", format!("{wanted}, got 99999999999/h")),
            ("1.5/s", format!("a rate {wanted}, got 1.5/s")),
            ("fast", format!("a rate {wanted}, got fast")),
            ("/s", format!("a rate {wanted}, got /s")),
        ] {
            assert_eq!(read(text), Err(format!("must be {answer}")), "{text:?}");
        }
    }

    #[test]
    fn an_interval_is_the_unit_over_the_number_and_never_shorter() {
        let interval = |text| read(text).unwrap().interval();
        assert_eq!(interval("10/s"), Duration::from_millis(100));
        assert_eq!(interval("600/m"), Duration::from_millis(100));
        assert_eq!(interval("1/h"), Duration::from_hours(1));
        assert_eq!(interval("3600000000/h"), Duration::from_micros(1));
        assert_eq!(interval("3/s"), Duration::from_nanos(333_333_334));
    }

    proptest! {
        #[test]
        fn in_no_unit_are_there_more_intervals_than_its_number(
            times in 1..=1_000_000_u32, unit in prop::sample::select(vec!['s', 'm', 'h']),
        ) {
            let rate = read(&format!("{times}/{unit}")).unwrap();
            prop_assert!(rate.interval() * times >= rate.per.span());
            prop_assert_eq!(rate.to_string(), format!("{times}/{unit}"));
        }
    }
}
