//! The time axis of a run, in steps of a second or, in a long run, more.

use crate::base::as_f64;
use crate::load::{Measurement, Second};

use crate::base::figures::tick;
use crate::report::plot::{Axis, Mark, Note, Plot, Scale, Series, Shade, Span};

/// The most steps of a plot: more cannot be distinguished, and make the page heavy.
const MOST_STEPS: usize = 180;

/// The units of the time axis: seconds per unit, the least run length for the unit, and the name.
const UNITS: [(f64, f64, &str); 3] = [
    (3600.0, 14_400.0, "hours"),
    (60.0, 600.0, "minutes"),
    (1.0, 0.0, "seconds"),
];

/// The time of a run, from left to right.
#[derive(Debug)]
pub(super) struct Course<'a> {
    pub(super) steps: Vec<Step<'a>>,
    /// The name of one step.
    pub(super) grain: String,
    /// The end of the window on the axis; after it, sessions only ended.
    window: f64,
    axis: Axis,
    shades: Vec<Shade>,
}

/// One or more seconds of the run, and their place on the axis.
#[derive(Debug)]
pub(super) struct Step<'a> {
    from: f64,
    to: f64,
    seconds: &'a [Second],
}

/// The least share of a run that the time after the window must take to be shown.
const SEEN: f64 = 0.03;

/// The seconds of a run, without a short last stretch in which only running sessions ended.
fn worth_seeing(seconds: &[Second], elapsed: f64) -> &[Second] {
    match seconds {
        [within @ .., last] if !within.is_empty() => {
            let after = end_of(std::slice::from_ref(last)) - elapsed;
            let is_seen = f64::from(last.at) < elapsed || after > SEEN * elapsed;
            if is_seen { seconds } else { within }
        }
        _ => seconds,
    }
}

impl<'a> Course<'a> {
    /// The course of a measurement; none without seconds.
    pub(super) fn of(measurement: &'a Measurement) -> Option<Self> {
        let elapsed = measurement.window.elapsed.as_secs_f64();
        let seconds = worth_seeing(&measurement.seconds, elapsed);
        let end = seconds.last().map(end)?.max(elapsed);
        let fitting = UNITS.iter().find(|(_, from, _)| end >= *from);
        let (unit, _, name) = fitting.copied().unwrap_or((1.0, 0.0, "seconds"));
        let together = seconds.len().div_ceil(MOST_STEPS).max(1);
        let steps = seconds.chunks(together).filter_map(|chunk| {
            Some(Step {
                from: f64::from(chunk.first()?.at) / unit,
                to: end_of(chunk) / unit,
                seconds: chunk,
            })
        });
        let grain = match together {
            1 => "second".to_owned(),
            many => format!("{many} seconds"),
        };
        let after = (end > elapsed).then(|| Shade {
            from: elapsed / unit,
            to: end / unit,
            label: "after the window".to_owned(),
        });
        Some(Self {
            steps: steps.collect(),
            grain,
            window: elapsed / unit,
            axis: Axis::new(name, Scale::linear(0.0, end / unit), 10, tick),
            shades: after.into_iter().collect(),
        })
    }

    /// The steps within the window.
    pub(super) fn within(&self) -> impl Iterator<Item = &Step<'a>> {
        self.steps.iter().filter(|step| step.from < self.window)
    }

    /// The caption's text about the shaded stretch; empty if there is none.
    pub(super) fn aside(&self) -> &'static str {
        if self.shades.is_empty() {
            ""
        } else {
            " Shaded: what ended only after the window."
        }
    }

    /// One span from zero for each step that has a value.
    pub(super) fn spans(&self, value: impl Fn(&Step<'a>) -> Option<f64>) -> Vec<Span> {
        let spans = self.steps.iter().filter_map(|step| {
            Some(Span {
                from: step.from,
                to: step.to,
                low: 0.0,
                high: value(step)?,
            })
        });
        spans.collect()
    }

    /// Spans for each step, each layer on top of the previous one.
    pub(super) fn stack<L: Copy>(
        &self,
        layers: &[L],
        value: impl Fn(L, &Step<'a>) -> f64,
    ) -> Vec<Vec<Span>> {
        let mut floor: Vec<f64> = vec![0.0; self.steps.len()];
        let mut stack = Vec::new();
        for layer in layers {
            let spans = self.steps.iter().zip(&mut floor).map(|(step, floor)| {
                let low = *floor;
                *floor += value(*layer, step);
                Span {
                    from: step.from,
                    to: step.to,
                    low,
                    high: *floor,
                }
            });
            stack.push(spans.collect());
        }
        stack
    }

    /// A plot over this time, with a note for each step.
    pub(super) fn plot(
        &self,
        title: &str,
        description: String,
        y: Axis,
        series: Vec<Series>,
        said: impl Fn(&Step<'a>) -> String,
    ) -> Plot {
        let note = |step: &Step<'a>| Note {
            from: step.from,
            to: step.to,
            text: format!(
                "from {} {}: {}",
                tick(step.from),
                self.axis.title,
                said(step)
            ),
        };
        Plot {
            title: title.to_owned(),
            description,
            x: self.axis.clone(),
            y,
            series,
            shades: self.shades.clone(),
            uprights: Vec::new(),
            notes: self.steps.iter().map(note).collect(),
        }
    }
}

impl Step<'_> {
    /// A count per second.
    pub(super) fn rate(&self, count: impl Fn(&Second) -> u64) -> f64 {
        let length: f64 = self.seconds.iter().map(|s| s.length.as_secs_f64()).sum();
        let count: f64 = self
            .seconds
            .iter()
            .map(|second| as_f64(count(second)))
            .sum();
        if length > 0.0 { count / length } else { 0.0 }
    }

    /// The longest of a time, in seconds; none where no second has it.
    pub(super) fn worst(&self, nanos: impl Fn(&Second) -> u64) -> Option<f64> {
        let worst = self.seconds.iter().map(nanos).max()?;
        (worst > 0).then(|| as_f64(worst) * 1e-9)
    }

    /// The mean of a time over the sessions of the step, in seconds.
    pub(super) fn mean(&self, nanos: impl Fn(&Second) -> u64) -> f64 {
        let (mut sum, mut weight) = (0.0, 0.0);
        for second in self.seconds {
            let sessions = as_f64(second.ended.attempts().max(1));
            sum += sessions * as_f64(nanos(second)) * 1e-9;
            weight += sessions;
        }
        if weight > 0.0 { sum / weight } else { 0.0 }
    }
}

/// The upper ends of all spans.
pub(super) fn tops(series: &[Series]) -> Vec<f64> {
    let spans = series.iter().flat_map(|series| match &series.mark {
        Mark::Area(spans) | Mark::Steps(spans) => spans.as_slice(),
        _ => &[],
    });
    spans.map(|span| span.high).collect()
}

fn end(second: &Second) -> f64 {
    f64::from(second.at) + second.length.as_secs_f64()
}

fn end_of(seconds: &[Second]) -> f64 {
    seconds.iter().map(end).fold(0.0, f64::max)
}
