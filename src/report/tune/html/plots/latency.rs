//! The latency plot: latency against the arrival rate, one colour for each number of workers.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Drawn, number};
use crate::base::figures::{self, significant, tick_time, time};
use crate::load::{Limit, Slo, Timed};
use crate::report::html::parts::Figure;
use crate::report::plot::{Axis, Mark, Plot, Scale, Series, Tone, Upright};
use crate::report::tune::words::{counted, percent};
use crate::tune::{Latency, Offered, Purpose, Trial, Tuning};

const HEADING: &str = "Latency against load";

/// The colours of numbers of workers, from few to many.
const TONES: [Tone; 4] = [Tone::Orange, Tone::Blue, Tone::Green, Tone::Purple];

/// The most rates of a curve; usually there are only a few.
const MOST_RATES: usize = 24;

/// The growth of latency that marks the knee.
const KNEE: f64 = 2.0;

/// The trials of one number of workers, by rate.
type Curve<'a> = Vec<(f64, &'a Trial)>;

pub(super) fn figure(tuning: &Tuning) -> Figure {
    let (curves, drawn) = curves(tuning);
    if curves.is_empty() {
        return Figure::missing(
            HEADING,
            "There was no time to look at it: a longer budget, or one without --quick, leaves some.",
        );
    }
    let rates = || curves.values().flatten().map(|(rate, _)| *rate);
    let most = rates().fold(0.0, f64::max);
    let objectives = objectives(tuning);
    let mut series = Vec::new();
    for (name, limit) in &objectives {
        let line = vec![
            (0.0, limit.as_secs_f64()),
            (most * 1.03, limit.as_secs_f64()),
        ];
        series.push(Series::new(
            &format!("SLO {name}"),
            Tone::Red,
            Mark::Dashed(line),
        ));
    }
    for ((workers, curve), tone) in curves.iter().zip(TONES.into_iter().cycle()) {
        series.extend(lines(*workers, curve, tone));
    }
    let seen = curves.values().flatten().flat_map(|(_, trial)| {
        let Latency { p50, p99, .. } = trial.latency;
        [p50.as_secs_f64(), p99.as_secs_f64()]
    });
    let limits = objectives.iter().map(|(_, limit)| limit.as_secs_f64());
    let scale = Scale::log_around(seen.chain(limits));
    let verdict = tuning
        .verdict
        .choice()
        .map(|choice| choice.candidate.workers);
    let chosen = verdict.and_then(|verdict| curves.get(&verdict));
    let knee = chosen.and_then(|curve| knee(curve));
    let plot = Plot {
        title: HEADING.to_owned(),
        description: description(&curves),
        x: Axis::new(
            "sessions that come in a second",
            Scale::linear(0.0, most * 1.03),
            8,
            figures::tick,
        ),
        y: Axis::new("latency from the intended start", scale, 7, tick_time),
        series,
        shades: Vec::new(),
        uprights: knee.map(upright).into_iter().collect(),
        notes: Vec::new(),
    };
    Figure::of(HEADING, "load", caption(verdict, knee, &drawn), &plot)
}

/// The curves by workers, each by rate.
fn curves(tuning: &Tuning) -> (BTreeMap<usize, Curve<'_>>, Drawn) {
    let mut curves: BTreeMap<usize, Curve<'_>> = BTreeMap::new();
    let trials = tuning.trials.iter();
    for trial in trials.filter(|trial| trial.purpose == Purpose::Load && trial.is_valid()) {
        if let Offered::Rate(rate) = trial.offered {
            curves
                .entry(trial.candidate.workers)
                .or_default()
                .push((rate, trial));
        }
    }
    let mut drawn = Drawn::default();
    for curve in curves.values_mut() {
        curve.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        *curve = drawn.at_most(MOST_RATES, std::mem::take(curve));
    }
    (curves, drawn)
}

/// The latency objectives, each with the name of its figure.
fn objectives(tuning: &Tuning) -> Vec<(String, Duration)> {
    let slo: Option<Slo> = tuning
        .settings
        .slo
        .as_ref()
        .and_then(|slo| slo.parse().ok());
    let objectives = slo.iter().flat_map(Slo::objectives);
    let times = objectives.filter_map(|objective| match objective.limit {
        Limit::Time(Timed::Percentile(_), limit) => Some((objective.limit.to_string(), limit)),
        _ => None,
    });
    times.collect()
}

/// The percentiles of one number of workers; the highest as a line with its dots and the name.
fn lines(workers: usize, curve: &Curve<'_>, tone: Tone) -> Vec<Series> {
    let points = |of: fn(&Latency) -> Duration| -> Vec<(f64, f64)> {
        let points = curve
            .iter()
            .map(|(rate, trial)| (*rate, of(&trial.latency).as_secs_f64()));
        points.collect()
    };
    let dot = |(rate, trial): &(f64, &Trial)| {
        let Latency { p50, p95, p99 } = trial.latency;
        let note = format!(
            "{} at {}/s: p50 {}, p95 {}, p99 {}, {} refused",
            counted(workers, "worker"),
            significant(*rate),
            time(p50),
            time(p95),
            time(p99),
            percent(trial.refused)
        );
        ((*rate, p99.as_secs_f64()), note)
    };
    let plain = |mark| Series::new("", tone, mark);
    vec![
        plain(Mark::Dashed(points(|it| it.p50))),
        plain(Mark::Dashed(points(|it| it.p95))),
        Series::new(
            &counted(workers, "worker"),
            tone,
            Mark::Line(points(|it| it.p99)),
        ),
        plain(Mark::Dots(curve.iter().map(dot).collect())),
    ]
}

/// The rate at which p99 is twice its value at the lowest rate, interpolated between the logarithms of
/// two trials.
fn knee(curve: &Curve<'_>) -> Option<f64> {
    let p99 = |trial: &Trial| trial.latency.p99.as_secs_f64();
    let (_, first) = curve.first()?;
    let limit = KNEE * p99(first);
    let mut pairs = curve.iter().zip(curve.iter().skip(1));
    let ((low, below), (high, above)) = pairs.find(|(_, (_, above))| p99(above) >= limit)?;
    let part = (limit / p99(below)).ln() / (p99(above) / p99(below)).ln();
    let knee = low + part * (high - low);
    knee.is_finite().then_some(knee)
}

fn upright(knee: f64) -> Upright {
    Upright {
        at: knee,
        label: format!("knee {}/s", significant(knee)),
        tone: Tone::Grey,
    }
}

fn caption(verdict: Option<usize>, knee: Option<f64>, drawn: &Drawn) -> String {
    let knee = match (verdict, knee) {
        (Some(workers), Some(knee)) => format!(
            " The knee, where p99 of {} is twice that of the lowest rate, lies at {} sessions a second.",
            counted(workers, "worker"),
            significant(knee)
        ),
        _ => String::new(),
    };
    format!(
        "Sessions that come at random at a rate, whether or not earlier ones have ended. Solid: p99; dashed: \
         p95 and, below it, p50, of those that were served.{knee}{}",
        drawn.remark()
    )
}

fn description(curves: &BTreeMap<usize, Curve<'_>>) -> String {
    let said = curves.iter().filter_map(|(workers, curve)| {
        let ((from, first), (to, last)) = (curve.first()?, curve.last()?);
        Some(format!(
            "p99 of {} goes from {} at {} sessions a second to {} at {}",
            counted(*workers, "worker"),
            time(first.latency.p99),
            significant(*from),
            time(last.latency.p99),
            significant(*to)
        ))
    });
    format!(
        "{} numbers of workers: {}.",
        number(curves.len()),
        said.collect::<Vec<_>>().join("; ")
    )
}
