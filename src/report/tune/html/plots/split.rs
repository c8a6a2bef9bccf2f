//! Where the time of a session went, a bar for each number of workers.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{number, places_axis, searched};
use crate::base::figures::{tick_time, time};
use crate::report::html::parts::Figure;
use crate::report::plot::{Axis, Mark, Plot, Scale, Series, Span, Tone};
use crate::report::tune::words::{count, counted};
use crate::tune::{Split, Trial, Tuning};

const HEADING: &str = "Where the time went";

/// The half of a bar's width, between places that are 1 apart.
const HALF: f64 = 0.36;

/// A part of a session, from the first to the last.
#[derive(Clone, Copy)]
struct Part {
    name: &'static str,
    tone: Tone,
    of: fn(&Split) -> Duration,
}

const PARTS: [Part; 4] = [
    Part {
        name: "connect",
        tone: Tone::Purple,
        of: |split| split.connect,
    },
    Part {
        name: "queue",
        tone: Tone::Orange,
        of: |split| split.queue,
    },
    Part {
        name: "service",
        tone: Tone::Blue,
        of: |split| split.service,
    },
    Part {
        name: "close",
        tone: Tone::Green,
        of: |split| split.close,
    },
];

/// The mean of each part, in seconds.
type Means = [f64; PARTS.len()];

pub(super) fn figure(tuning: &Tuning) -> Figure {
    let means = means(searched(tuning));
    if means.values().flatten().all(|mean| *mean <= 0.0) {
        return Figure::missing(HEADING, "Nobody said where the time of a session went.");
    }
    let names: Vec<String> = means.keys().map(|workers| count(*workers)).collect();
    let highest = means.values().map(|means| means.iter().sum::<f64>());
    let scale = Scale::from_zero(highest, 5);
    let plot = Plot {
        title: HEADING.to_owned(),
        description: description(&means),
        x: places_axis("workers", &names),
        y: Axis::new("of a good session, in the mean", scale, 5, tick_time),
        series: (0..PARTS.len())
            .filter_map(|layer| bars(layer, &means))
            .collect(),
        shades: Vec::new(),
        uprights: Vec::new(),
        notes: Vec::new(),
    };
    Figure::of(HEADING, "split", caption(tuning), &plot)
}

/// The means over the trials of each number of workers.
fn means<'a>(trials: impl Iterator<Item = &'a Trial>) -> BTreeMap<usize, Means> {
    let mut all: BTreeMap<usize, Vec<&Split>> = BTreeMap::new();
    for trial in trials.filter(|trial| trial.is_valid()) {
        all.entry(trial.candidate.workers)
            .or_default()
            .push(&trial.split);
    }
    let means = all.into_iter().map(|(workers, splits)| {
        let mean = PARTS.map(|part| {
            let sum: f64 = splits
                .iter()
                .map(|split| (part.of)(split).as_secs_f64())
                .sum();
            sum / number(splits.len())
        });
        (workers, mean)
    });
    means.collect()
}

/// One part of all bars, upon those before.
fn bars(layer: usize, means: &BTreeMap<usize, Means>) -> Option<Series> {
    let part = PARTS.get(layer)?;
    let bars = means
        .iter()
        .enumerate()
        .filter_map(|(index, (workers, means))| {
            let low: f64 = means.iter().take(layer).sum();
            let own = *means.get(layer)?;
            let (at, seconds) = (number(index), Duration::try_from_secs_f64(own).ok()?);
            let note = format!(
                "{}: {} {}",
                counted(*workers, "worker"),
                part.name,
                time(seconds)
            );
            let span = Span {
                from: at - HALF,
                to: at + HALF,
                low,
                high: low + own,
            };
            Some((span, note))
        });
    Some(Series::new(
        part.name,
        part.tone,
        Mark::Bars(bars.collect()),
    ))
}

fn caption(tuning: &Tuning) -> String {
    let is_known = searched(tuning).any(|trial| !trial.split.service.is_zero());
    let told = if is_known {
        "Queue and service are the server's own figures, the rest is what clients saw."
    } else {
        "The server does not say how long sessions waited and were served: only what clients saw."
    };
    format!("The mean of each part of a good session in the trials of the search. {told}")
}

fn description(means: &BTreeMap<usize, Means>) -> String {
    let said = means.iter().map(|(workers, means)| {
        let parts = PARTS.iter().zip(means).map(|(part, mean)| {
            let mean = Duration::try_from_secs_f64(*mean).unwrap_or_default();
            format!("{} {}", part.name, time(mean))
        });
        format!(
            "{}: {}",
            counted(*workers, "worker"),
            parts.collect::<Vec<_>>().join(", ")
        )
    });
    format!("{}.", said.collect::<Vec<_>>().join("; "))
}
