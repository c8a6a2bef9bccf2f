//! The summary of a measurement for scripts: a few figures with units in their names.

use std::time::Duration;

use serde::Serialize;

use crate::base::Percentile;
use crate::load::Measurement;

/// The summary of a measurement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Whether every audit was passed; if not, the other figures are unusable.
    pub valid: bool,
    /// Good sessions per second.
    pub goodput_per_second: f64,
    /// Ended sessions per second, with any outcome.
    pub attempts_per_second: f64,
    /// The share of good sessions, 0 to 1, among those begun.
    pub good_share: f64,
    /// The share of refused sessions.
    pub busy_share: f64,
    /// The share of failed sessions.
    pub error_share: f64,
    /// The share of sessions that the end of the run cut short.
    pub unfinished_share: f64,
    /// The median latency in milliseconds; none if no session ended.
    pub p50_ms: Option<f64>,
    /// The 90th percentile of the latency in milliseconds.
    pub p90_ms: Option<f64>,
    /// The 99th percentile of the latency in milliseconds.
    pub p99_ms: Option<f64>,
    /// The 99.9th percentile of the latency in milliseconds.
    pub p999_ms: Option<f64>,
    /// The longest latency in milliseconds.
    pub max_ms: Option<f64>,
    /// The percentiles that are only lower bounds.
    pub at_least: Vec<&'static str>,
    /// The percentiles with too few sessions beyond them.
    pub thin: Vec<&'static str>,
}

/// The summary of a measurement.
pub fn summary(measured: &Measurement) -> Summary {
    let tally = &measured.tally;
    let named = [
        ("p50_ms", 0.5),
        ("p90_ms", 0.9),
        ("p99_ms", 0.99),
        ("p999_ms", 0.999),
        ("max_ms", 1.0),
    ];
    let all = named.map(|(name, quantile)| (name, measured.percentile(quantile)));
    let [p50_ms, p90_ms, p99_ms, p999_ms, max_ms] = all.map(|(_, p)| p.map(|p| millis(p.time)));
    let which = |is: fn(&Percentile) -> bool| {
        let marked = all.iter().filter(|(_, p)| p.as_ref().is_some_and(is));
        marked.map(|(name, _)| *name).collect()
    };
    Summary {
        valid: measured.is_valid(),
        goodput_per_second: measured.goodput(),
        attempts_per_second: measured.attempts(),
        good_share: measured.share(tally.good.count()),
        busy_share: measured.share(tally.busy.count()),
        error_share: measured.share(tally.errors()),
        unfinished_share: measured.share(tally.unfinished.count()),
        p50_ms,
        p90_ms,
        p99_ms,
        p999_ms,
        max_ms,
        at_least: which(|p| p.is_bound),
        thin: which(|p| p.is_thin),
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::sample;

    #[test]
    fn shares_add_up_to_all_that_began() {
        let of = summary(&sample::closed(1));
        let sum = of.good_share + of.busy_share + of.error_share + of.unfinished_share;
        assert!((sum - 1.0).abs() < 1e-9, "{of:?}");
    }

    #[test]
    fn a_percentile_is_in_milliseconds_and_marked_if_it_is_thin() {
        let measured = sample::open(1);
        let of = summary(&measured);
        let p99 = measured.percentile(0.99).unwrap().time;
        assert!((of.p99_ms.unwrap() - p99.as_nanos() as f64 / 1e6).abs() < 1e-9);
        assert_eq!(of.thin, ["max_ms"]);
        assert!(of.at_least.is_empty() && of.valid);
    }
}
