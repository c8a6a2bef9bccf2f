//! The throughput plot: every run as a dot, the fitted laws, and the choice, against workers.

use super::{Drawn, number, searched, workers_axis};
use crate::base::figures::{self, significant};
use crate::report::html::parts::Figure;
use crate::report::plot::{Axis, Mark, Plot, Scale, Series, Shade, Tone, Upright};
use crate::report::tune::words::{counted, span};
use crate::tune::{Band, Choice, Purpose, Trial, Tuning, WITHIN};

const HEADING: &str = "Throughput against workers";

type Dot = ((f64, f64), String);

pub(super) fn figure(tuning: &Tuning) -> Figure {
    let (believed, doubted): (Vec<&Trial>, Vec<&Trial>) =
        searched(tuning).partition(|trial| trial.is_valid());
    if believed.is_empty() {
        return Figure::missing(HEADING, "No trial of the search can be believed.");
    }
    let trials = tuning.trials.iter();
    let fresh = trials.filter(|trial| trial.purpose == Purpose::Verify);
    let mut drawn = Drawn::default();
    let mut dots = |runs: Vec<&Trial>| Mark::Dots(drawn.few(runs).into_iter().map(dot).collect());
    let (believed, doubted, fresh) = (dots(believed), dots(doubted), dots(fresh.collect()));
    let curve = tuning
        .estimate
        .as_ref()
        .map_or(&[][..], |it| it.curve.as_slice());
    let choice = tuning.verdict.choice();
    let mut series = laws(curve, choice);
    series.push(Series::new("", Tone::Grey, doubted));
    series.push(Series::new("runs", Tone::Blue, believed));
    series.push(Series::new("fresh runs", Tone::Green, fresh));
    let tried: Vec<usize> = searched(tuning)
        .map(|trial| trial.candidate.workers)
        .collect();
    let plot = Plot {
        title: HEADING.to_owned(),
        description: description(tuning, curve),
        x: workers_axis(&tried),
        y: Axis::new(
            "good sessions a second",
            Scale::from_zero(heights(&series), 5),
            5,
            figures::tick,
        ),
        shades: choice.map(shade).into_iter().collect(),
        uprights: uprights(tuning, choice),
        series,
        notes: Vec::new(),
    };
    let caption = caption(choice, tuning, &drawn);
    Figure::of(HEADING, "throughput", caption, &plot)
}

fn dot(trial: &Trial) -> Dot {
    let at = (number(trial.candidate.workers), trial.goodput);
    let mut note = format!(
        "{}: {} sessions/s",
        counted(trial.candidate.workers, "worker"),
        significant(trial.goodput)
    );
    for doubt in &trial.doubts {
        note.push_str("; ");
        note.push_str(doubt);
    }
    (at, note)
}

/// The combined laws, and the line 3 % below the best.
fn laws(curve: &[Band], choice: Option<&Choice>) -> Vec<Series> {
    let reach = |band: &Band| (number(band.workers), band.interval.low, band.interval.high);
    let point = |band: &Band| (number(band.workers), band.goodput);
    let mut laws = vec![
        Series::new(
            "",
            Tone::Blue,
            Mark::Band(curve.iter().map(reach).collect()),
        ),
        Series::new(
            "laws",
            Tone::Blue,
            Mark::Line(curve.iter().map(point).collect()),
        ),
    ];
    if let (Some(choice), [first, .., last]) = (choice, curve) {
        // The verdict's throughput, and its distance from the best.
        let best = choice.band.goodput / (1.0 - choice.band.loss);
        let ends = [first, last].map(|band| (number(band.workers), (1.0 - WITHIN) * best));
        let enough = Mark::Dashed(ends.into());
        laws.push(Series::new("97 % of the best", Tone::Grey, enough));
    }
    laws
}

fn heights(series: &[Series]) -> impl Iterator<Item = f64> {
    series.iter().flat_map(|series| match &series.mark {
        Mark::Dots(dots) => dots.iter().map(|((_, y), _)| *y).collect::<Vec<_>>(),
        Mark::Line(points) => points.iter().map(|(_, y)| *y).collect(),
        _ => Vec::new(),
    })
}

/// The interval of the smallest number that is good enough, at least one worker wide.
fn shade(choice: &Choice) -> Shade {
    Shade {
        from: number(choice.span.low) - 0.3,
        to: number(choice.span.high) + 0.3,
        label: "95 %".to_owned(),
    }
}

fn uprights(tuning: &Tuning, choice: Option<&Choice>) -> Vec<Upright> {
    let run = choice.map(|choice| Upright {
        at: number(choice.candidate.workers),
        label: format!("run {}", choice.candidate.workers),
        tone: Tone::Orange,
    });
    let cores = Upright {
        at: number(tuning.calibration.cores),
        label: counted(tuning.calibration.cores, "core"),
        tone: Tone::Grey,
    };
    run.into_iter().chain([cores]).collect()
}

fn caption(choice: Option<&Choice>, tuning: &Tuning, drawn: &Drawn) -> String {
    let chosen = choice.map_or_else(String::new, |choice| {
        format!(
            " Shaded: where the smallest number within 3 % of the best lies at 95 %, {}.",
            span(choice.span)
        )
    });
    let drift = tuning.estimate.as_ref().and_then(|it| it.drift);
    let drifted = match drift {
        Some(drift) if drift.is_found() => {
            ", both as of the middle of all trials, for the machine drifted; dots are as they were measured"
        }
        _ => "",
    };
    format!(
        "Every run is a dot, grey if it is not to be believed; the line is what the laws say together, \
         and the band where throughput lies at 95 %, at each number by itself{drifted}.{chosen}{}",
        drawn.remark()
    )
}

fn description(tuning: &Tuning, curve: &[Band]) -> String {
    let said = curve.iter().filter(|band| {
        let mut tried = searched(tuning).map(|trial| trial.candidate.workers);
        tried.any(|tried| tried == band.workers)
    });
    let said = said.map(|band| {
        let workers = counted(band.workers, "worker");
        format!("{workers} give {}", significant(band.goodput))
    });
    format!(
        "Good sessions a second: {}.",
        said.collect::<Vec<_>>().join(", ")
    )
}
