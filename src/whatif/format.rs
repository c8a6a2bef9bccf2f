//! Formats of figures in sentences: two significant digits, because no more are known, and the unit.

/// A time with the unit that suits it.
pub(super) fn time(seconds: f64) -> String {
    // A value that would round up to 1000 is written in the next unit.
    let (value, unit) = match seconds {
        s if s < 0.5e-6 => return "0 ms".to_owned(),
        s if s < 995e-6 => (s * 1e6, "µs"),
        s if s < 0.995 => (s * 1e3, "ms"),
        s => (s, "s"),
    };
    format!("{} {unit}", significant(value))
}

/// A share from 0 to 1.
pub(super) fn percent(share: f64) -> String {
    match share {
        s if s <= 0.0 => "0 %".to_owned(),
        s if s < 0.000_1 => "less than 0.01 %".to_owned(),
        s => format!("{} %", significant(s * 100.0)),
    }
}

pub(super) fn workers(count: usize) -> String {
    match count {
        1 => "1 worker".to_owned(),
        _ => format!("{count} workers"),
    }
}

fn significant(value: f64) -> String {
    let written = match value {
        v if v < 0.995 => format!("{v:.2}"),
        v if v < 9.95 => format!("{v:.1}"),
        v if v < 99.5 => return format!("{v:.0}"),
        v => return format!("{:.0}", (v / 10.0).round() * 10.0),
    };
    let written = written.trim_end_matches('0').trim_end_matches('.');
    written.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_two_digits_and_its_unit() {
        for (seconds, written) in [
            (0.0, "0 ms"),
            (1e-6, "1 µs"),
            (80e-6, "80 µs"),
            (994e-6, "990 µs"),
            (996e-6, "1 ms"),
            (3e-3, "3 ms"),
            (3.21e-3, "3.2 ms"),
            (0.484, "480 ms"),
            (0.997, "1 s"),
            (1.2, "1.2 s"),
            (3600.0, "3600 s"),
        ] {
            assert_eq!(time(seconds), written);
        }
    }

    #[test]
    fn a_share_is_written_as_per_cent() {
        for (share, written) in [
            (0.0, "0 %"),
            (0.000_09, "less than 0.01 %"),
            (0.000_12, "0.01 %"),
            (0.005, "0.5 %"),
            (0.03, "3 %"),
            (0.123, "12 %"),
            (0.999, "100 %"),
            (1.0, "100 %"),
        ] {
            assert_eq!(percent(share), written);
        }
    }
}
