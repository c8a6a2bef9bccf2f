//! Whether the machine changed while it was tuned on: every run against the others of its candidate.

use std::collections::BTreeMap;

use super::{Drawn, number, searched};
use crate::base::figures::{significant, tick};
use crate::report::html::parts::Figure;
use crate::report::plot::{Axis, Mark, Plot, Scale, Series, Tone};
use crate::report::tune::method;
use crate::report::tune::words::{counted, percent};
use crate::tune::{Drift, Purpose, Trial, Tuning};

const HEADING: &str = "Drift";

/// A run, by when it began in seconds and what it gave for each that its candidate gives in the mean.
struct Compared<'a> {
    at: f64,
    ratio: f64,
    trial: &'a Trial,
}

pub(super) fn figure(tuning: &Tuning) -> Figure {
    let compared = compared(tuning);
    if compared.is_empty() {
        return Figure::missing(
            HEADING,
            "No candidate ran often enough to see whether it changed.",
        );
    }
    let mut drawn = Drawn::default();
    let mut of = |is_sentinel: bool| {
        let own = compared
            .iter()
            .filter(|it| (it.trial.purpose == Purpose::Sentinel) == is_sentinel);
        drawn.few(own.map(dot).collect())
    };
    let (sentinels, others) = (of(true), of(false));
    let track = sentinels.iter().map(|(at, _)| *at).collect();
    let drift = tuning.estimate.as_ref().and_then(|it| it.drift);
    let ends = [compared.first(), compared.last()].map(|it| it.map_or(0.0, |it| it.at));
    let mut series = drift.map(|drift| lines(&drift, ends)).unwrap_or_default();
    series.push(Series::new("others", Tone::Grey, Mark::Dots(others)));
    series.push(Series::new("", Tone::Blue, Mark::Line(track)));
    series.push(Series::new("sentinel", Tone::Blue, Mark::Dots(sentinels)));
    let [_, end] = ends;
    let plot = Plot {
        title: HEADING.to_owned(),
        description: description(&compared),
        x: Axis::new("seconds", Scale::linear(0.0, end * 1.02), 8, tick),
        y: Axis::new(
            "of what its candidate gives in the mean",
            scale(&compared),
            5,
            percent,
        ),
        series,
        shades: Vec::new(),
        uprights: Vec::new(),
        notes: Vec::new(),
    };
    Figure::of(HEADING, "drift", caption(drift, &drawn), &plot)
}

/// Runs that have others of the same workers beside them, by when they began.
fn compared(tuning: &Tuning) -> Vec<Compared<'_>> {
    let valid = || searched(tuning).filter(|trial| trial.is_valid() && trial.goodput > 0.0);
    let mut sums: BTreeMap<usize, (f64, usize)> = BTreeMap::new();
    for trial in valid() {
        let (sum, runs) = sums.entry(trial.candidate.workers).or_default();
        *sum += trial.goodput;
        *runs += 1;
    }
    let compared = valid().filter_map(|trial| {
        let (sum, runs) = sums.get(&trial.candidate.workers)?;
        (*runs > 1).then(|| Compared {
            at: trial.began.as_secs_f64(),
            ratio: trial.goodput * number(*runs) / sum,
            trial,
        })
    });
    compared.collect()
}

fn dot(compared: &Compared<'_>) -> ((f64, f64), String) {
    let note = format!(
        "{} at {} s: {} sessions/s, {} of the mean",
        counted(compared.trial.candidate.workers, "worker"),
        significant(compared.at),
        significant(compared.trial.goodput),
        percent(compared.ratio)
    );
    ((compared.at, compared.ratio), note)
}

/// The drift as a line through the middle, and where it may lie.
fn lines(drift: &Drift, [from, to]: [f64; 2]) -> Vec<Series> {
    const STEPS: u8 = 24;
    let middle = f64::midpoint(from, to);
    let at = |step: u8| from + (to - from) * f64::from(step) / f64::from(STEPS);
    let along = |slope: f64, at: f64| (slope * (at - middle) / 60.0).exp();
    let reach = |step: u8| {
        let at = at(step);
        let [one, other] = [drift.interval.low, drift.interval.high].map(|slope| along(slope, at));
        (at, one.min(other), one.max(other))
    };
    let ends = [from, to].map(|at| (at, along(drift.per_minute, at)));
    vec![
        Series::new(
            "",
            Tone::Orange,
            Mark::Band((0..=STEPS).map(reach).collect()),
        ),
        Series::new("drift", Tone::Orange, Mark::Line(ends.into())),
    ]
}

/// Round ends that hold every run.
fn scale(compared: &[Compared<'_>]) -> Scale {
    let ratios = compared.iter().map(|it| it.ratio);
    let (low, high) = ratios.fold((0.95, 1.05), |(low, high): (f64, f64), ratio| {
        (low.min(ratio), high.max(ratio))
    });
    Scale::linear((low * 20.0).floor() / 20.0, (high * 20.0).ceil() / 20.0)
}

fn caption(drift: Option<Drift>, drawn: &Drawn) -> String {
    let found = drift.map_or_else(
        || "There were too few runs to see a drift.".to_owned(),
        |drift| format!("At 95 %: {}.", method::drift(&drift)),
    );
    format!(
        "Every run against the mean of its candidate. The sentinel, always the same candidate, ran again \
         and again between the others. {found}{}",
        drawn.remark()
    )
}

fn description(compared: &[Compared<'_>]) -> String {
    let sentinels = compared
        .iter()
        .filter(|it| it.trial.purpose == Purpose::Sentinel);
    let said: Vec<String> = sentinels.map(|it| percent(it.ratio)).collect();
    let mut drawn = Drawn::default();
    let said = drawn.few(said).join(", ");
    format!(
        "The sentinel gave, one after the other: {said}.{}",
        drawn.remark()
    )
}
