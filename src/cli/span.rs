//! Durations on the command line: always with their unit, within bounds.

use std::time::Duration;

use humantime::{format_duration, parse_duration};

/// More than any duration in range needs. Longer ones are not even parsed: the parser overflows,
/// and panics, on some texts whose sum is just beyond what a duration holds.
const LONGEST_DURATION_BYTES: usize = 20;

/// Reads a duration that carries its unit and lies in range.
pub(super) fn between(
    least: Duration,
    most: Duration,
) -> impl Fn(&str) -> Result<Duration, String> + Clone + Send + Sync + 'static {
    move |text| {
        let bare = text.trim();
        if !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return Err(format!("a duration carries its unit: {bare}s or {bare}ms"));
        }
        let out_of_range = || {
            let (least, most) = (format_duration(least), format_duration(most));
            format!("a duration between {least} and {most} belongs here")
        };
        if text.len() > LONGEST_DURATION_BYTES {
            return Err(out_of_range());
        }
        match parse_duration(text) {
            Ok(span) if (least..=most).contains(&span) => Ok(span),
            Ok(_) => Err(out_of_range()),
            Err(_) => Err("a duration is written like 5s, 250ms or 1m 30s".to_owned()),
        }
    }
}
