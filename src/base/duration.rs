//! Durations in text form: a number and its unit, such as `250ms`, `90s`, `1m 30s`.

use std::time::Duration;

/// Digits of the longest accepted duration: 30 days to the nanosecond.
///
/// With more digits, humantime 2.4 panics: the carry of a sum may pass 2^64 seconds.
const MOST_DIGITS: usize = 16;

const SECOND: u128 = 1_000_000_000;

/// The units for writing a duration: nanoseconds, the least count for the unit, and its name.
///
/// One minute is written `60s`, the usual form for so short a timeout.
const UNITS: [(u128, u128, &str); 7] = [
    (86_400 * SECOND, 1, "d"),
    (3_600 * SECOND, 1, "h"),
    (60 * SECOND, 2, "m"),
    (SECOND, 0, "s"),
    (SECOND / 1_000, 1, "ms"),
    (SECOND / 1_000_000, 1, "us"),
    (1, 1, "ns"),
];

/// Reads a duration; `None` if the text is not a duration or has too many digits. Zero needs no unit.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    if digits(text) > MOST_DIGITS {
        return None;
    }
    let parsed = humantime::parse_duration(text).ok();
    // A sum of parts may need more digits in its smallest unit than are read.
    parsed.filter(|duration| digits(&self::text(*duration)) <= MOST_DIGITS)
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// Writes a duration as a count of the largest unit that divides it.
pub(crate) fn text(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let fits = |(unit, least, _): &&(u128, u128, &str)| {
        nanos.is_multiple_of(*unit) && nanos / unit >= *least
    };
    match UNITS.iter().find(fits) {
        Some((unit, _, name)) => format!("{}{name}", nanos / unit),
        None => format!("{nanos}ns"),
    }
}

/// The hint for a number without a unit: its two likely meanings. `None` if the text is no such number.
pub(crate) fn without_unit(text: &str) -> Option<String> {
    // Any white space may separate the parts of a duration, but a message is one line.
    let words: Vec<&str> = text.split_whitespace().collect();
    let number = words.join(" ");
    let is_bare = number.ends_with(|c: char| c.is_ascii_digit());
    (is_bare && parse(&format!("{number}s")).is_some())
        .then(|| format!("a duration carries its unit, \"{number}s\" or \"{number}ms\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_duration_is_written_in_its_largest_unit() {
        for (duration, written) in [
            (Duration::ZERO, "0s"),
            (Duration::from_millis(250), "250ms"),
            (Duration::from_millis(1500), "1500ms"),
            (Duration::from_mins(1), "60s"),
            (Duration::from_secs(90), "90s"),
            (Duration::from_mins(2), "2m"),
            (Duration::from_hours(1), "1h"),
            (Duration::from_hours(30 * 24), "30d"),
        ] {
            assert_eq!(text(duration), written);
        }
    }

    #[test]
    fn a_number_without_a_unit_is_answered_with_its_two_likely_meanings() {
        let said = |text| without_unit(text).unwrap();
        assert_eq!(
            said("60"),
            "a duration carries its unit, \"60s\" or \"60ms\""
        );
        assert_eq!(
            said("1m\n\t5\n"),
            "a duration carries its unit, \"1m 5s\" or \"1m 5ms\""
        );
        assert_eq!(without_unit("soon"), None);
        assert_eq!(without_unit("5s"), None);
    }

    #[test]
    fn a_sum_past_every_clock_is_refused_without_a_panic() {
        assert_eq!(parse(&format!("{}s 1000ms", u64::MAX)), None);
    }

    proptest! {
        #[test]
        fn a_duration_reads_back_what_it_writes(
            seconds in 0..30 * 86_400_u64,
            nanos in prop_oneof![Just(0), Just(500_000_000), 0..1_000_000_000_u32],
        ) {
            let duration = Duration::new(seconds, nanos);
            prop_assert_eq!(parse(&text(duration)), Some(duration));
        }

        #[test]
        fn no_text_makes_a_duration_panic(text in "([0-9]{1,20}[.]?(s|ms|y|w|m| |µs|)){0,4}") {
            if let Some(duration) = parse(&text) {
                prop_assert_eq!(parse(&super::text(duration)), Some(duration));
            }
        }
    }
}
