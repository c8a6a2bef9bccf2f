//! The comparison of two measurements: figures that differ by more than noise.
//!
//! Each figure gets a ratio, second over first, with an interval. All intervals hold together with 95 %:
//! each of `n` figures is tested at 5 % / `n` (Bonferroni). So a measurement compared with itself
//! differs in no more than one case of twenty, for any number of figures.

mod noise;

use super::conditions::{Unlike, unlike};
use crate::base::statistics::student;
use crate::base::{Percentile, as_f64};
use crate::load::result::{Ended, Measurement, Part};
use noise::{ENOUGH_RUNS, Estimate, estimate, repetitions};

/// The share of comparisons of a server with itself in which a difference may be found.
const FALSE_ALARMS: f64 = 0.05;

/// The result of a comparison of two measurements.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The comparison of each figure.
    pub rows: Vec<Compared>,
    /// Conditions in which the two differ.
    pub unlike: Vec<Unlike>,
    /// The number of runs of the first and the second.
    pub runs: [usize; 2],
    /// Whether the first and the second passed their audits.
    pub valid: [bool; 2],
}

/// The comparison of one figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The figure.
    pub metric: Metric,
    /// The figure of the first and the second, if it has one: nanoseconds, a rate or a share.
    pub figures: [Option<f64>; 2],
    /// The ratio of the second to the first, if it can be computed.
    pub change: Option<Change>,
    /// The conclusion.
    pub finding: Finding,
}

/// A ratio and its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// The second over the first: of the typical run, where there are several.
    pub ratio: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The conclusion about one figure of the second measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// No difference beyond noise.
    Same,
    /// The second is better.
    Better,
    /// The second is worse.
    Worse,
    /// The figure cannot be compared, for this reason.
    Unclear(&'static str),
}

/// A figure that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Good sessions a second.
    Goodput,
    /// The median latency.
    P50,
    /// The 99th percentile of latency.
    P99,
    /// The mean latency.
    Mean,
    /// The share of failed sessions.
    Errors,
    /// The share of sessions refused because the server was busy.
    Busy,
}

/// A figure and its reliability.
struct Worth {
    value: f64,
    is_bound: bool,
    is_thin: bool,
}

/// Compares a second measurement with a first.
pub fn diff(a: &Measurement, b: &Measurement) -> Difference {
    let estimates = Metric::ALL.map(|metric| {
        let is_eventless = |run| metric.count(run) == Some(0);
        // A count of zero on both sides is not compared.
        let both = !(is_eventless(a) && is_eventless(b));
        (
            metric,
            both.then(|| Ok((estimate(metric, a)?, estimate(metric, b)?))),
        )
    });
    let looked_at = estimates.iter().filter(|(_, it)| matches!(it, Some(Ok(_))));
    let probability = FALSE_ALARMS / as_f64(looked_at.count().max(1) as u64);
    let rows = estimates.map(|(metric, estimates)| {
        let change = match estimates {
            Some(Ok((a, b))) => Some(change(a, b, probability)),
            Some(Err(_)) | None => None,
        };
        let finding = match (estimates, change) {
            (Some(Err(reason)), _) => Finding::Unclear(reason),
            (_, Some(change)) => finding(metric, change, [a, b]),
            (_, None) => Finding::Same,
        };
        Compared {
            metric,
            figures: [a, b].map(|run| metric.figure(run).map(|figure| figure.value)),
            change,
            finding,
        }
    });
    Difference {
        rows: rows.into(),
        unlike: unlike(a, b),
        runs: [a, b].map(|run| repetitions(run).len()),
        valid: [a, b].map(Measurement::is_valid),
    }
}

/// The ratio of two figures and its interval, after Welch.
fn change(a: Estimate, b: Estimate, probability: f64) -> Change {
    let variance = a.variance + b.variance;
    let doubt = |side: Estimate| side.variance.powi(2) / side.freedom;
    let freedom = variance.powi(2) / (doubt(a) + doubt(b));
    let (log, reach) = (
        b.log - a.log,
        student::two_sided(probability, freedom) * variance.sqrt(),
    );
    Change {
        ratio: log.exp(),
        low: (log - reach).exp(),
        high: (log + reach).exp(),
    }
}

/// A lower bound may be found to be more than the other figure, but never less.
fn finding(metric: Metric, change: Change, runs: [&Measurement; 2]) -> Finding {
    let is_bound = |run| metric.figure(run).is_some_and(|figure| figure.is_bound);
    let [is_a_bound, is_b_bound] = runs.map(is_bound);
    let unclear = Finding::Unclear("sessions were given up");
    match (change.low > 1.0, change.high < 1.0) {
        (true, _) if is_a_bound => unclear,
        (_, true) if is_b_bound => unclear,
        (false, false) if is_a_bound || is_b_bound => unclear,
        (false, false) => Finding::Same,
        (is_more, _) if is_more == metric.is_good() => Finding::Better,
        _ => Finding::Worse,
    }
}

impl Difference {
    /// Whether a side has too few runs to show the noise between runs.
    pub fn is_by_allowance(&self) -> bool {
        self.runs.iter().any(|runs| *runs < ENOUGH_RUNS)
    }

    /// The figures that are found to differ.
    pub fn found(&self) -> impl Iterator<Item = &Compared> {
        let rows = self.rows.iter();
        rows.filter(|row| matches!(row.finding, Finding::Better | Finding::Worse))
    }
}

impl Change {
    /// The smallest relative increase of the second that would be found.
    pub fn least(&self) -> f64 {
        (self.high / self.low).sqrt() - 1.0
    }
}

impl Metric {
    /// All figures, in the order they are printed.
    pub const ALL: [Self; 6] = [
        Self::Goodput,
        Self::P50,
        Self::P99,
        Self::Mean,
        Self::Errors,
        Self::Busy,
    ];

    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Goodput => "goodput",
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::Mean => "mean",
            Self::Errors => "errors",
            Self::Busy => "busy",
        }
    }

    /// Whether a higher figure is better.
    pub fn is_good(self) -> bool {
        self == Self::Goodput
    }

    /// The assumed noise between single runs, as a standard deviation of the logarithm. Forty runs of
    /// five seconds on two cores of a virtual machine gave 0.09 for goodput, 0.10 for the median, 0.11
    /// for the 99th percentile. Tails get more, because they vary more under other loads. Rare events
    /// get most, because they come in bursts. Merged runs replace it by their measured noise.
    fn allowance(self) -> f64 {
        match self {
            Self::Goodput | Self::P50 | Self::Mean => 0.10,
            Self::P99 => 0.20,
            Self::Errors | Self::Busy => 0.30,
        }
    }

    /// The sessions that a share counts; `None` if the figure is not a share.
    fn count(self, run: &Measurement) -> Option<u64> {
        match self {
            Self::Errors => Some(run.tally.errors()),
            Self::Busy => Some(run.tally.busy.count()),
            _ => None,
        }
    }

    /// The sessions that a share counts, among sessions ended in a time span.
    fn ended(self, ended: Ended) -> Option<u64> {
        match self {
            Self::Errors => Some(ended.failed),
            Self::Busy => Some(ended.busy),
            _ => None,
        }
    }

    /// The figure of a merged run, except shares.
    fn headline(self, run: &Part) -> f64 {
        match self {
            Self::P50 => as_f64(run.p50_ns),
            Self::P99 => as_f64(run.p99_ns),
            Self::Mean => as_f64(run.mean_ns),
            _ => as_f64(run.ended.good) / run.window.elapsed.as_secs_f64(),
        }
    }

    /// The figure of a measurement.
    fn figure(self, run: &Measurement) -> Option<Worth> {
        let time = |found: Option<Percentile>| {
            found.map(|found| Worth {
                value: found.time.as_secs_f64() * 1e9,
                is_bound: found.is_bound,
                is_thin: found.is_thin,
            })
        };
        let value = match self {
            Self::P50 => return time(run.percentile(0.5)),
            Self::P99 => return time(run.percentile(0.99)),
            Self::Mean => return time(run.mean()),
            Self::Goodput if run.window.elapsed.is_zero() => return None,
            Self::Goodput => run.goodput(),
            Self::Errors | Self::Busy if run.tally.started == 0 => return None,
            Self::Errors | Self::Busy => run.share(self.count(run)?),
        };
        Some(Worth {
            value,
            is_bound: false,
            is_thin: false,
        })
    }
}

#[cfg(test)]
mod tests;
