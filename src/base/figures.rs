//! The text form of figures: three significant digits, always with a unit.

use std::time::Duration;

use super::Percentile;

/// A time with three significant digits and a fitting unit.
///
/// ```
/// # use jamd::base::figures::time;
/// # use std::time::Duration;
/// assert_eq!(time(Duration::from_nanos(1_234_567)), "1.23 ms");
/// assert_eq!(time(Duration::from_nanos(86_400)), "86.4 µs");
/// ```
pub fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    // A value that rounds up to a thousand is written in the next unit.
    let (value, unit) = match seconds {
        s if s < 999.5e-9 => (s * 1e9, "ns"),
        s if s < 999.5e-6 => (s * 1e6, "µs"),
        s if s < 999.5e-3 => (s * 1e3, "ms"),
        s => (s, "s"),
    };
    format!("{} {unit}", significant(value))
}

/// A time beside an axis, in seconds, with only the digits that tell it from the next tick.
///
/// ```
/// # use jamd::base::figures::tick_time;
/// assert_eq!(tick_time(0.5), "500 ms");
/// assert_eq!(tick_time(2e-5), "20 µs");
/// ```
pub fn tick_time(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s <= 0.0 => return "0".to_owned(),
        s if s < 999.5e-9 => (s * 1e9, "ns"),
        s if s < 999.5e-6 => (s * 1e6, "µs"),
        s if s < 999.5e-3 => (s * 1e3, "ms"),
        s => (s, "s"),
    };
    format!("{} {unit}", tick(value))
}

/// A number beside an axis, with its thousands separated.
pub fn tick(value: f64) -> String {
    let whole = format!("{:.0}", value.trunc());
    let rounded = format!("{value:.3}");
    let fraction = rounded.split_once('.').map_or("", |(_, digits)| digits);
    match fraction.trim_end_matches('0') {
        "" => grouped(&format!("{value:.0}")),
        digits => format!("{}.{digits}", grouped(&whole)),
    }
}

/// An elapsed time in whole seconds: `1h 2m 5s`.
pub fn elapsed(time: Duration) -> String {
    humantime::format_duration(Duration::from_secs(time.as_secs())).to_string()
}

/// A length of time: below one second as a measured time, above it in whole seconds.
pub fn span(length: Duration) -> String {
    let seconds = length.as_secs_f64();
    if seconds < 1.0 {
        return time(length);
    }
    let written = format!("{seconds:.1}");
    format!("{} s", written.strip_suffix(".0").unwrap_or(&written))
}

/// A percentile. `≥` marks a bound, `~` a percentile with too few samples beyond it.
pub fn percentile(percentile: Percentile) -> String {
    let mark = match percentile {
        Percentile { is_bound: true, .. } => "≥ ",
        Percentile { is_thin: true, .. } => "~ ",
        _ => "",
    };
    format!("{mark}{}", time(percentile.time))
}

/// A number with three significant digits, with its thousands separated.
pub fn significant(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        v if v < 0.001 => format!("{value:.1e}"),
        v if v < 0.9995 => format!("{value:.3}"),
        v if v < 9.995 => format!("{value:.2}"),
        v if v < 99.95 => format!("{value:.1}"),
        _ => grouped(&format!("{value:.0}")),
    }
}

/// A whole number, with its thousands separated.
pub fn count(count: u64) -> String {
    grouped(&count.to_string())
}

/// A share from 0 to 1, written as per cent.
pub fn share(share: f64) -> String {
    let percent = share * 100.0;
    match percent.abs() {
        0.0 => "0 %".to_owned(),
        p if p < 0.001 => "< 0.001 %".to_owned(),
        p if p < 0.0995 => format!("{percent:.3} %"),
        p if p < 0.995 => format!("{percent:.2} %"),
        p if p < 99.95 => format!("{percent:.1} %"),
        _ => format!("{percent:.0} %"),
    }
}

/// Digits in groups of three.
fn grouped(digits: &str) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", digits),
    };
    let mut written = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            written.push(' ');
        }
        written.push(digit);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_three_digits_and_its_unit() {
        for (nanos, written) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (999_400, "999 µs"),
            (999_600, "1.00 ms"),
            (12_345_678, "12.3 ms"),
            (9_999_999_999, "10.0 s"),
            (3_600_000_000_000, "3 600 s"),
        ] {
            assert_eq!(time(Duration::from_nanos(nanos)), written);
        }
    }

    #[test]
    fn a_tick_has_no_digit_that_says_nothing() {
        for (value, written) in [
            (0.0, "0"),
            (0.05, "0.05"),
            (2.5, "2.5"),
            (999.999_99, "1 000"),
            (12_000.0, "12 000"),
        ] {
            assert_eq!(tick(value), written);
        }
        let times = [0.0, 1e-9, 1.5e-4, 0.999_999_9, 60.0].map(tick_time);
        assert_eq!(times, ["0", "1 ns", "150 µs", "1 s", "60 s"]);
    }

    #[test]
    fn counts_are_whole_and_shares_are_per_cent() {
        assert_eq!(count(1_234_567), "1 234 567");
        assert_eq!(count(999), "999");
        assert_eq!(significant(18_304.4), "18 304");
        assert_eq!(share(0.0), "0 %");
        assert_eq!(share(0.000_001), "< 0.001 %");
        assert_eq!(share(0.001_2), "0.12 %");
        assert_eq!(share(0.25), "25.0 %");
        assert_eq!(share(1.0), "100 %");
    }
}
