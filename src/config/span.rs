//! Durations as values: always with their unit, within bounds.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::value::{Domain, Fault, Written};

/// A duration within bounds.
#[derive(Debug)]
pub(super) struct Span(pub(super) RangeInclusive<Duration>);

impl Domain for Span {
    type Value = Duration;

    fn read(&self, written: &Written) -> Result<Duration, Fault> {
        match parse(&written.text) {
            Some(span) if self.0.contains(&span) => Ok(span),
            Some(_) => Err(Fault::new(self.bounds(), written)),
            None => Err(self.unreadable(written)),
        }
    }

    fn text(&self, value: &Duration) -> String {
        text(*value)
    }

    fn bounds(&self) -> String {
        let (least, most) = (text(*self.0.start()), text(*self.0.end()));
        format!("between {least} and {most}")
    }
}

impl Span {
    /// The fault of a text that is no duration; for a bare number, with what it may have meant.
    fn unreadable(&self, written: &Written) -> Fault {
        let fault = Fault::new(format!("a duration {}", self.bounds()), written);
        // Blanks of any kind may stand between the parts of a duration, but a message is one line.
        let words: Vec<&str> = written.text.split_whitespace().collect();
        let number = words.join(" ");
        let ends_in_digit = number.ends_with(|c: char| c.is_ascii_digit());
        if ends_in_digit && parse(&format!("{number}s")).is_some() {
            fault.with_hint(format!(
                "a duration carries its unit, \"{number}s\" or \"{number}ms\""
            ))
        } else {
            fault
        }
    }
}

/// A duration of whole seconds within bounds.
#[derive(Debug)]
pub(super) struct WholeSeconds(pub(super) Span);

impl Domain for WholeSeconds {
    type Value = Duration;

    fn read(&self, written: &Written) -> Result<Duration, Fault> {
        let span = self.0.read(written)?;
        if span.subsec_nanos() == 0 {
            Ok(span)
        } else {
            Err(Fault::new(self.bounds(), written))
        }
    }

    fn text(&self, value: &Duration) -> String {
        text(*value)
    }

    fn bounds(&self) -> String {
        format!("whole seconds {}", self.0.bounds())
    }
}

/// Digits of the longest duration that is read: 30 days to the nanosecond.
///
/// humantime 2.4 panics on a sum whose carry passes 2^64 seconds, for which it takes more.
const MOST_DIGITS: usize = 16;

/// The duration a text names, or `None`.
fn parse(text: &str) -> Option<Duration> {
    if text.bytes().filter(u8::is_ascii_digit).count() > MOST_DIGITS {
        return None;
    }
    humantime::parse_duration(text).ok()
}

const SECOND: u128 = 1_000_000_000;

/// The units a duration is written in: nanoseconds, the least count for it, and the name.
///
/// One minute is written `60s`, which is how people think of so short a timeout.
const UNITS: [(u128, u128, &str); 7] = [
    (86_400 * SECOND, 1, "d"),
    (3_600 * SECOND, 1, "h"),
    (60 * SECOND, 2, "m"),
    (SECOND, 0, "s"),
    (SECOND / 1_000, 1, "ms"),
    (SECOND / 1_000_000, 1, "us"),
    (1, 1, "ns"),
];

/// A duration as a count of the largest unit that divides it.
fn text(span: Duration) -> String {
    let nanos = span.as_nanos();
    let fits = |(unit, least, _): &&(u128, u128, &str)| {
        nanos.is_multiple_of(*unit) && nanos / unit >= *least
    };
    match UNITS.iter().find(fits) {
        Some((unit, _, name)) => format!("{}{name}", nanos / unit),
        None => format!("{nanos}ns"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::value::Form;
    use proptest::prelude::*;

    fn written(text: &str) -> Written {
        Written {
            text: text.to_owned(),
            form: Form::Plain,
        }
    }

    const ANY: Span = Span(Duration::ZERO..=Duration::from_hours(30 * 24));

    #[test]
    fn a_duration_is_written_in_its_largest_unit() {
        for (span, text) in [
            (Duration::ZERO, "0s"),
            (Duration::from_millis(250), "250ms"),
            (Duration::from_millis(1500), "1500ms"),
            (Duration::from_mins(1), "60s"),
            (Duration::from_secs(90), "90s"),
            (Duration::from_mins(2), "2m"),
            (Duration::from_hours(1), "1h"),
            (Duration::from_hours(30 * 24), "30d"),
        ] {
            assert_eq!(ANY.text(&span), text);
        }
    }

    #[test]
    fn a_bare_number_is_answered_with_its_likely_meanings() {
        let fault = ANY.read(&written("60")).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "must be a duration between 0s and 30d, got 60: \
             a duration carries its unit, \"60s\" or \"60ms\""
        );
    }

    #[test]
    fn a_number_on_several_lines_is_answered_on_one() {
        let fault = ANY.read(&written("1m\n\t5\n")).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "must be a duration between 0s and 30d, got \"1m\\n\\t5\\n\": \
             a duration carries its unit, \"1m 5s\" or \"1m 5ms\""
        );
    }

    #[test]
    fn a_sum_past_every_clock_is_refused_without_a_panic() {
        let text = format!("{}s 1000ms", u64::MAX);
        assert!(ANY.read(&written(&text)).is_err());
    }

    proptest! {
        #[test]
        fn a_duration_reads_back_what_it_writes(
            seconds in 0..30 * 86_400_u64,
            nanos in prop_oneof![Just(0), Just(500_000_000), 0..1_000_000_000_u32],
        ) {
            let span = Duration::new(seconds, nanos);
            prop_assert_eq!(ANY.read(&written(&ANY.text(&span))), Ok(span));
        }

        #[test]
        fn no_text_makes_a_duration_panic(text in "([0-9]{1,20}[.]?(s|ms|y|w|m| |µs|)){0,4}") {
            let _either = ANY.read(&written(&text));
        }
    }
}
