//! The drawing of each kind of mark.

use super::frame::Frame;
use super::svg::{At, Path, Svg};
use super::{Mark, Plot, Series, Span};

impl Series {
    /// Draws the series into the frame of its plot.
    pub(super) fn draw(&self, plot: &Plot, frame: &Frame, svg: &mut Svg) {
        let class = |form: &str| format!("{form} {}", self.tone.class());
        let place = |x: f64, y: f64| (frame.x(&plot.x, x), frame.y(&plot.y, y));
        match &self.mark {
            Mark::Line(points) => {
                let points = points.iter().map(|(x, y)| place(*x, *y));
                svg.path(&class("line"), &through(points));
            }
            Mark::Dashed(points) => {
                let points = points.iter().map(|(x, y)| place(*x, *y));
                svg.path(&class("line dashed"), &through(points));
            }
            Mark::Band(reaches) => {
                let highs = reaches.iter().map(|(x, _, high)| place(*x, *high));
                let lows = reaches.iter().rev().map(|(x, low, _)| place(*x, *low));
                svg.path(&class("band"), &through(highs.chain(lows)));
            }
            Mark::Dots(dots) => {
                for ((x, y), note) in dots {
                    svg.dot(&class("dot"), place(*x, *y), 3.5, note);
                }
            }
            Mark::Steps(spans) => {
                let mut path = Path::default();
                for run in runs(spans) {
                    stairs(run, &mut path, place);
                }
                svg.path(&class("line"), &path);
            }
            Mark::Area(spans) => {
                let mut path = Path::default();
                for run in runs(spans) {
                    stairs(run, &mut path, place);
                    for span in run.iter().rev() {
                        let (_, low) = place(span.from, span.low);
                        path.step((frame.x(&plot.x, span.from), low));
                    }
                    path.close();
                }
                svg.path(&class("area"), &path);
            }
            Mark::Bars(bars) => {
                for (span, note) in bars {
                    let (top_left, end) = (place(span.from, span.high), place(span.to, span.low));
                    svg.rect(&class("bar"), top_left, end, note);
                }
            }
        }
    }

    /// The height of the right end of the series, where its name stands.
    pub(super) fn end(&self) -> Option<f64> {
        match &self.mark {
            Mark::Line(points) | Mark::Dashed(points) => points.last().map(|(_, y)| *y),
            Mark::Band(reaches) => reaches
                .last()
                .map(|(_, low, high)| f64::midpoint(*low, *high)),
            Mark::Dots(dots) => dots.last().map(|((_, y), _)| *y),
            Mark::Steps(spans) => spans.last().map(|span| span.high),
            Mark::Area(spans) => middle_of_last_quarter(spans),
            Mark::Bars(bars) => bars
                .last()
                .map(|(span, _)| f64::midpoint(span.low, span.high)),
        }
    }
}

/// A path through points.
fn through(points: impl Iterator<Item = At>) -> Path {
    let mut path = Path::default();
    for (index, point) in points.enumerate() {
        match index {
            0 => path.begin(point),
            _ => path.go(point),
        }
    }
    path
}

/// The mean middle height of the last quarter of a surface; the last span alone may be incomplete.
fn middle_of_last_quarter(spans: &[Span]) -> Option<f64> {
    let quarter = spans.len().div_ceil(4);
    let (mut sum, mut count) = (0.0, 0.0);
    for span in spans.iter().rev().take(quarter) {
        sum += f64::midpoint(span.low, span.high);
        count += 1.0;
    }
    (count > 0.0).then(|| sum / count)
}

/// Groups of spans that meet.
fn runs(spans: &[Span]) -> impl Iterator<Item = &[Span]> {
    spans.chunk_by(|before, next| next.from <= before.to)
}

/// A staircase from the start of the first span to the end of the last.
fn stairs(run: &[Span], path: &mut Path, place: impl Fn(f64, f64) -> At) {
    if let Some(first) = run.first() {
        path.begin(place(first.from, first.high));
    }
    for span in run {
        path.step(place(span.to, span.high));
    }
}
