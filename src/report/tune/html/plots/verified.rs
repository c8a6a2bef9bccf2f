//! What was predicted of fresh runs, and what they gave, as shares of what was likeliest.

use super::{number, places_axis};
use crate::report::html::parts::Figure;
use crate::report::plot::{Axis, Mark, Plot, Scale, Series, Span, Tone};
use crate::report::tune::words::{counted, percent};
use crate::tune::{Predicted, Prediction, Tuning};

const HEADING: &str = "Prediction and fresh runs";

/// The half of a bar's width, and how far those of a candidate to both sides are from its middle.
const HALF: f64 = 0.11;
const ASIDE: f64 = 0.26;

/// A figure of a prediction.
struct Kind {
    name: &'static str,
    tone: Tone,
    aside: f64,
    of: fn(&Prediction) -> Option<&Predicted>,
}

const KINDS: [Kind; 3] = [
    Kind {
        name: "sessions/s",
        tone: Tone::Blue,
        aside: -ASIDE,
        of: |prediction| Some(&prediction.goodput),
    },
    Kind {
        name: "p99",
        tone: Tone::Orange,
        aside: 0.0,
        of: |prediction| Some(&prediction.p99_seconds),
    },
    Kind {
        name: "of the verdict tested",
        tone: Tone::Purple,
        aside: ASIDE,
        of: |prediction| prediction.share.as_ref(),
    },
];

pub(super) fn figure(tuning: &Tuning) -> Figure {
    let predictions = tuning
        .verification
        .as_ref()
        .map_or(&[][..], |it| it.predictions.as_slice());
    if predictions.is_empty() {
        return Figure::missing(
            HEADING,
            "Nothing was predicted that a fresh run could have shown.",
        );
    }
    let workers = |prediction: &Prediction| counted(prediction.candidate.workers, "worker");
    let names: Vec<String> = predictions.iter().map(workers).collect();
    let mut series = vec![Series::new(
        "",
        Tone::Grey,
        Mark::Dashed(vec![(-0.5, 1.0), (number(names.len()) - 0.5, 1.0)]),
    )];
    for kind in &KINDS {
        series.push(Series::new(
            kind.name,
            kind.tone,
            Mark::Bars(bars(kind, predictions)),
        ));
        series.push(Series::new(
            "",
            kind.tone,
            Mark::Dots(dots(kind, predictions)),
        ));
    }
    let plot = Plot {
        title: HEADING.to_owned(),
        description: description(predictions),
        x: places_axis("", &names),
        y: Axis::new("of what is likeliest", scale(predictions), 5, percent),
        series,
        shades: Vec::new(),
        uprights: Vec::new(),
        notes: Vec::new(),
    };
    let caption = "Bars: where the median of fresh runs should lie, all of them together at 95 %. Dots: where it did.";
    Figure::of(HEADING, "verified", caption.to_owned(), &plot)
}

fn bars(kind: &Kind, predictions: &[Prediction]) -> Vec<(Span, String)> {
    let bar = |(index, prediction): (usize, &Prediction)| {
        let (figure, at) = ((kind.of)(prediction)?, number(index) + kind.aside);
        let [low, high] = [figure.interval.low, figure.interval.high].map(|it| it / figure.value);
        let span = Span {
            from: at - HALF,
            to: at + HALF,
            low,
            high,
        };
        let workers = counted(prediction.candidate.workers, "worker");
        let (low, high) = (percent(low), percent(high));
        let note = format!("{workers}: {} from {low} to {high}", kind.name);
        Some((span, note))
    };
    predictions.iter().enumerate().filter_map(bar).collect()
}

fn dots(kind: &Kind, predictions: &[Prediction]) -> Vec<((f64, f64), String)> {
    let dot = |(index, prediction): (usize, &Prediction)| {
        let figure = (kind.of)(prediction)?;
        let ratio = figure.measured? / figure.value;
        let note = format!(
            "{}: {} {} of what is likeliest",
            counted(prediction.candidate.workers, "worker"),
            kind.name,
            percent(ratio)
        );
        Some(((number(index) + kind.aside, ratio), note))
    };
    predictions.iter().enumerate().filter_map(dot).collect()
}

/// Round ends that hold every bar and dot.
fn scale(predictions: &[Prediction]) -> Scale {
    let ratios = predictions.iter().flat_map(|prediction| {
        let figures = KINDS.iter().filter_map(|kind| (kind.of)(prediction));
        figures.flat_map(|figure| {
            let ends = [
                Some(figure.interval.low),
                Some(figure.interval.high),
                figure.measured,
            ];
            ends.into_iter().flatten().map(|end| end / figure.value)
        })
    });
    let (low, high) = ratios
        .filter(|ratio| ratio.is_finite())
        .fold((1.0, 1.0), |(low, high): (f64, f64), ratio| {
            (low.min(ratio), high.max(ratio))
        });
    // With some room, so that a dot is not cut in two.
    let [low, high] = [low - 0.02, high + 0.02];
    Scale::linear((low * 10.0).floor() / 10.0, (high * 10.0).ceil() / 10.0)
}

fn description(predictions: &[Prediction]) -> String {
    let said = predictions.iter().map(|prediction| {
        let workers = counted(prediction.candidate.workers, "worker");
        let figures = KINDS.iter().filter_map(|kind| {
            let figure = (kind.of)(prediction)?;
            let measured = figure.measured.map(|it| percent(it / figure.value));
            let measured = measured.unwrap_or_else(|| "untested".to_owned());
            Some(format!("{} {measured}", kind.name))
        });
        format!("{workers}: {}", figures.collect::<Vec<_>>().join(", "))
    });
    format!(
        "Of what is likeliest: {}.",
        said.collect::<Vec<_>>().join("; ")
    )
}
