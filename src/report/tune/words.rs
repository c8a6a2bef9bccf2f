//! Figures of a tuning in words: counts with their nouns, shares, intervals.

use std::time::Duration;

use crate::base::figures;
use crate::tune::{Interval, Span};

/// A count with separated thousands.
pub(super) fn count(count: usize) -> String {
    figures::count(u64::try_from(count).unwrap_or(u64::MAX))
}

/// A count with its noun.
pub(super) fn counted(many: usize, one: &str) -> String {
    match many {
        1 => format!("1 {one}"),
        _ => format!("{} {one}s", count(many)),
    }
}

/// A number of workers, with its interval if that is wider.
pub(super) fn span(span: Span) -> String {
    let (low, high) = (count(span.low), count(span.high));
    if low == high {
        low
    } else {
        format!("{low}–{high}")
    }
}

/// Sessions per second.
pub(super) fn rate(rate: f64) -> String {
    format!("{} sessions/s", figures::significant(rate))
}

/// A range of two rates.
pub(super) fn rates(interval: Interval) -> String {
    let [low, high] = [interval.low, interval.high].map(figures::significant);
    format!("{low}–{high}")
}

/// The relative uncertainty of a rate: the larger of both sides of its interval.
pub(super) fn give_or_take(value: f64, interval: Interval) -> String {
    let reach = (interval.high - value).max(value - interval.low) / value;
    if reach.is_finite() {
        format!("±{}", percent(reach))
    } else {
        String::new()
    }
}

/// A share in whole per cent; a decision needs no finer figure.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    // Adding zero turns a negative zero into a plain one.
    format!("{:.0} %", percent.round() + 0.0)
}

/// A range of two shares in whole per cent.
pub(super) fn percents(interval: Interval) -> String {
    let (low, high) = (percent(interval.low), percent(interval.high));
    if low == high {
        return low;
    }
    let low = low.trim_end_matches(" %");
    if low.starts_with('-') {
        format!("{low} to {high}")
    } else {
        format!("{low}–{high}")
    }
}

/// A number of seconds as a time; none if it is no valid duration.
pub(super) fn seconds(seconds: f64) -> Option<String> {
    Duration::try_from_secs_f64(seconds).ok().map(figures::time)
}

/// A sentence with a capital first letter.
pub(super) fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// A sentence with a small first letter, for use within another.
pub(super) fn uncapitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(char::to_lowercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// A list of things, with *and* before the last.
pub(super) fn list(things: &[String]) -> String {
    match things {
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_as_coarse_as_a_decision() {
        let between = |low, high| Interval { low, high };
        assert_eq!(percent(0.314), "31 %");
        assert_eq!(percent(-0.001), "0 %");
        assert_eq!(percents(between(0.286, 0.334)), "29–33 %");
        assert_eq!(percents(between(-0.02, 0.01)), "-2 to 1 %");
        assert_eq!(percents(between(-0.004, 0.004)), "0 %");
        assert_eq!(give_or_take(1000.0, between(970.0, 1020.0)), "±3 %");
        assert_eq!(give_or_take(0.0, between(0.0, 0.0)), "");
        assert_eq!(rates(between(1700.4, 1960.2)), "1 700–1 960");
        assert_eq!(counted(1, "worker"), "1 worker");
        assert_eq!(counted(1200, "trial"), "1 200 trials");
        let list =
            |things: &[&str]| list(&things.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(list(&["a"]), "a");
    }
}
