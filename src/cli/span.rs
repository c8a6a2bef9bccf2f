//! Durations on the command line, with a unit and within bounds.

use std::time::Duration;

use crate::base::duration;

/// Reads a duration with a unit, within a range.
pub(super) fn between(
    least: Duration,
    most: Duration,
) -> impl Fn(&str) -> Result<Duration, String> + Clone + Send + Sync + 'static {
    move |text| {
        if let Some(hint) = duration::without_unit(text) {
            return Err(hint);
        }
        match duration::parse(text) {
            Some(span) if (least..=most).contains(&span) => Ok(span),
            Some(_) => Err(format!(
                "expected a duration from {} to {}",
                duration::text(least),
                duration::text(most)
            )),
            None => Err("a duration is written like 5s, 250ms or 1m 30s".to_owned()),
        }
    }
}
