//! The noise of a measurement's figure: within a run, and from run to run.
//!
//! The seconds of a run show the noise of its own figure, but not how other runs vary. On a shared
//! machine they vary by more. That part comes from repetitions if there are any, otherwise from a stated
//! allowance.

use super::Metric;
use crate::base::as_f64;
use crate::load::result::{Ended, Measurement, Part, Second, Window, are_apart};

/// Fewest repetitions that show the noise between runs.
pub(super) const ENOUGH_RUNS: usize = 3;

/// Fewest seconds that show the noise within a run.
const ENOUGH_SECONDS: usize = 5;

/// The relative resolution of times; no noise is smaller.
const RESOLUTION: f64 = 1e-3;

/// The largest correlation assumed between one second and the next. More is a drift that goes on from
/// run to run, which the allowance covers.
const STRONGEST_CORRELATION: f64 = 0.7;

/// The logarithm of a figure, and its uncertainty.
#[derive(Debug, Clone, Copy)]
pub(super) struct Estimate {
    pub(super) log: f64,
    pub(super) variance: f64,
    pub(super) freedom: f64,
}

/// A variance and its degrees of freedom.
#[derive(Debug, Clone, Copy)]
struct Noise {
    variance: f64,
    freedom: f64,
}

/// The repetitions that a measurement was merged from, or else itself.
pub(super) fn repetitions(measured: &Measurement) -> Vec<Part> {
    let all = measured.runs();
    if are_apart(&all) {
        all
    } else {
        vec![measured.headline()]
    }
}

/// The estimate of a figure, or the reason why there is none.
pub(super) fn estimate(metric: Metric, measured: &Measurement) -> Result<Estimate, &'static str> {
    let repetitions = repetitions(measured);
    let (log, least) = whole(metric, measured)?;
    if repetitions.len() >= ENOUGH_RUNS {
        return between(metric, &repetitions, least);
    }
    let within = within_each(metric, measured).ok_or("too short to compare")?;
    let allowance = metric.allowance().powi(2) / as_f64(repetitions.len() as u64);
    let within = Noise {
        variance: within.variance.max(least),
        ..within
    };
    let variance = allowance + within.variance;
    // The allowance is not estimated: all uncertainty is in the rest (Welch and Satterthwaite).
    let freedom = within.freedom * (variance / within.variance.max(RESOLUTION.powi(2))).powi(2);
    Ok(Estimate {
        log,
        variance,
        freedom,
    })
}

/// The logarithm of a figure of the whole measurement, and the least variance that chance alone gives it.
fn whole(metric: Metric, measured: &Measurement) -> Result<(f64, f64), &'static str> {
    if let Some(count) = metric.count(measured) {
        return match measured.tally.started {
            0 => Err("no session began"),
            started => Ok(share(count, started)),
        };
    }
    let figure = metric.figure(measured).ok_or("nothing was measured")?;
    if figure.is_thin {
        return Err("too few sessions");
    }
    let log = figure.value.ln();
    let is_known = log.is_finite();
    is_known.then_some((log, 0.0)).ok_or("no good session")
}

/// The logarithm of a share, and its variance. Half an event is added to keep both finite.
fn share(count: u64, of: u64) -> (f64, f64) {
    let (count, of) = (as_f64(count) + 0.5, as_f64(of) + 1.0);
    ((count / of).ln(), (1.0 / count - 1.0 / of).max(0.0))
}

/// The mean of the logarithms of repetitions, and the noise between them.
fn between(metric: Metric, runs: &[Part], least: f64) -> Result<Estimate, &'static str> {
    let log = |run: &Part| match metric.ended(run.ended) {
        Some(count) => share(count, run.ended.attempts()).0,
        None => metric.headline(run).ln(),
    };
    let logs: Vec<f64> = runs.iter().map(log).collect();
    if logs.iter().any(|log| !log.is_finite()) {
        return Err("a run without any good session");
    }
    let (mean, squares) = moments(&logs);
    let n = as_f64(logs.len() as u64);
    let variance = squares / (n - 1.0) / n;
    Ok(Estimate {
        log: mean,
        variance: variance.max(least).max(RESOLUTION.powi(2)),
        freedom: n - 1.0,
    })
}

/// The noise within the runs of a measurement, which leaves out the noise between them.
fn within_each(metric: Metric, measured: &Measurement) -> Option<Noise> {
    let all: Option<Vec<Noise>> = repetitions(measured)
        .iter()
        .map(|run| within(&series(metric, measured, run.window)))
        .collect();
    let all = all?;
    let n = as_f64(all.len() as u64);
    Some(Noise {
        variance: all.iter().map(|noise| noise.variance).sum::<f64>() / (n * n),
        freedom: all.iter().map(|noise| noise.freedom).sum(),
    })
}

/// The relative uncertainty of the mean of a series of seconds. Each second is like the one before it,
/// and there may be a drift, so they count as fewer than they are. The model is a first-order
/// autoregression. The bias that few values give its correlation is removed after Kendall.
fn within(series: &[f64]) -> Option<Noise> {
    if series.len() < ENOUGH_SECONDS {
        return None;
    }
    let n = as_f64(series.len() as u64);
    let (mean, squares) = moments(series);
    let next = series.iter().skip(1);
    let products = series
        .iter()
        .zip(next)
        .map(|(a, b)| (a - mean) * (b - mean));
    let raw = if squares > 0.0 {
        products.sum::<f64>() / squares
    } else {
        0.0
    };
    let correlation = (raw + (1.0 + 4.0 * raw) / n).clamp(0.0, STRONGEST_CORRELATION);
    let inflation = (1.0 + correlation) / (1.0 - correlation);
    let variance = squares / (n * (n - 1.0)) * inflation;
    let relative = if mean > 0.0 {
        variance / (mean * mean)
    } else {
        0.0
    };
    Some(Noise {
        variance: relative,
        freedom: n - 1.0,
    })
}

/// The mean, and the sum of the squares around it.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = as_f64(values.len() as u64);
    let mean = values.iter().sum::<f64>() / n;
    (
        mean,
        values.iter().map(|value| (value - mean).powi(2)).sum(),
    )
}

/// The figure of each second that is nearly whole and within the window.
fn series(metric: Metric, measured: &Measurement, window: Window) -> Vec<f64> {
    let (begin, end) = (window.begin.as_secs_f64(), window.end().as_secs_f64());
    let is_measured = |second: &&Second| {
        let length = second.length.as_secs_f64();
        let middle = measured.window.begin.as_secs_f64() + f64::from(second.at) + length / 2.0;
        length >= 0.5 && begin <= middle && middle <= end
    };
    let seconds: Vec<&Second> = measured.seconds.iter().filter(is_measured).collect();
    let of = |value: fn(&Second) -> f64| seconds.iter().map(|second| value(second)).collect();
    let known = |value: fn(&Second) -> u64| -> Vec<f64> {
        let all = seconds.iter().map(|second| value(second));
        all.filter(|ns| *ns > 0).map(as_f64).collect()
    };
    let goodput = |second: &Second| as_f64(second.ended.good) / second.length.as_secs_f64();
    let times = match metric {
        Metric::Errors => return of(|second| part_of(second.ended.failed, second.ended)),
        Metric::Busy => return of(|second| part_of(second.ended.busy, second.ended)),
        Metric::P99 => known(|second| second.p99_ns),
        Metric::P50 => known(|second| second.p50_ns),
        // Seconds have no mean latency. In a closed loop it is the inverse of goodput.
        Metric::Mean if measured.plan.drive.is_open() => known(|second| second.p50_ns),
        Metric::Mean | Metric::Goodput => Vec::new(),
    };
    // A second of several runs has no percentile, so the variation of its rate is used.
    if times.is_empty() { of(goodput) } else { times }
}

fn part_of(count: u64, ended: Ended) -> f64 {
    as_f64(count) / as_f64(ended.attempts().max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drift_leaves_a_mean_worth_less_than_the_same_values_without_one() {
        let drift: Vec<f64> = (0..20_u32).map(|at| 100.0 + f64::from(at)).collect();
        let mixed: Vec<f64> = (0..20_u32)
            .map(|at| 100.0 + f64::from(at * 7 % 20))
            .collect();
        let [drift, mixed] = [drift, mixed].map(|series| within(&series).unwrap());
        assert!(drift.variance > 4.0 * mixed.variance, "{drift:?} {mixed:?}");
    }

    #[test]
    fn independent_seconds_are_worth_what_the_textbook_says() {
        let series = [9.0, 11.0, 9.0, 11.0, 9.0, 11.0, 9.0, 11.0];
        let noise = within(&series).unwrap();
        let textbook = 8.0 / 7.0 / 8.0 / 100.0;
        assert!((noise.variance / textbook - 1.0).abs() < 1e-9, "{noise:?}");
        assert!(within(&series[..4]).is_none());
    }
}
