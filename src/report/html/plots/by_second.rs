//! Plots over the time of a run: rates, percentiles and stages.

use std::time::Duration;

use crate::load::{Drive, Measurement, Second, Think};

use super::course::{Course, Step, tops};
use crate::base::figures::{self, share, significant, tick_time};
use crate::report::html::parts::Figure;
use crate::report::html::time;
use crate::report::plot::{Axis, Mark, Scale, Series, Tone};

/// One of the figures of a second.
#[derive(Clone, Copy)]
struct Part {
    name: &'static str,
    tone: Tone,
    of: fn(&Second) -> u64,
    /// How often the part occurs in a session.
    times: f64,
}

const ENDS: [Part; 3] = [
    Part::new("good", Tone::Blue, |second| second.ended.good),
    Part::new("busy", Tone::Orange, |second| second.ended.busy),
    Part::new("errors", Tone::Red, |second| second.ended.failed),
];

const P50: Part = Part::new("p50", Tone::Green, |second| second.p50_ns);
const P99: Part = Part::new("p99", Tone::Blue, |second| second.p99_ns);

impl Part {
    const fn new(name: &'static str, tone: Tone, of: fn(&Second) -> u64) -> Self {
        Self {
            name,
            tone,
            of,
            times: 1.0,
        }
    }

    fn series(self, mark: Mark) -> Series {
        Series::new(self.name, self.tone, mark)
    }
}

/// The rates at which sessions ended, by outcome.
pub(super) fn rates(measurement: &Measurement) -> Figure {
    let heading = "Sessions a second";
    let Some(course) = Course::of(measurement) else {
        return Figure::missing(heading, "No second was measured.");
    };
    let series = stacked(&course, &ENDS, |part, step| step.rate(part.of));
    let said = |step: &Step<'_>| {
        let said = ENDS.map(|part| format!("{} {}/s", significant(step.rate(part.of)), part.name));
        said.join(", ")
    };
    let [good, ..] = ENDS;
    let lowest = course.within().map(|step| step.rate(good.of));
    let caption = format!(
        "Good, busy and failed sessions stacked, by when they ended: as high as the attempts. On \
         average {} good ones a second, in the worst {} {}.{}",
        significant(measurement.goodput()),
        course.grain,
        significant(lowest.reduce(f64::min).unwrap_or_default()),
        course.aside()
    );
    let ended = measurement.ended;
    let description = format!(
        "A stacked area over time: {} good, {} busy, {} failed.",
        figures::count(ended.good),
        figures::count(ended.busy),
        figures::count(ended.failed)
    );
    let y = Scale::from_zero(tops(&series).into_iter(), 5);
    let axis = Axis::new("sessions a second", y, 5, figures::tick);
    let plot = course.plot(heading, description, axis, series, said);
    Figure::of(heading, "rates", caption, &plot)
}

/// The latency of sessions, by the time of their end.
pub(super) fn latency(measurement: &Measurement) -> Figure {
    let heading = "Latency over time";
    let course = Course::of(measurement);
    let worst = course.as_ref().and_then(|course| {
        let steps = course.steps.iter();
        steps.filter_map(|step| step.worst(P99.of)).reduce(f64::max)
    });
    let (Some(course), Some(worst)) = (course, worst) else {
        return Figure::missing(heading, "No second saw a good session end.");
    };
    let worst = figures::time(Duration::from_secs_f64(worst));
    let series = [P50, P99].map(|part| {
        let spans = course.spans(|step| step.worst(part.of));
        part.series(Mark::Steps(spans))
    });
    let said = |step: &Step<'_>| {
        let said = [P50, P99].map(|part| {
            let worst = step.worst(part.of).map(Duration::from_secs_f64);
            format!("{} {}", part.name, time(worst))
        });
        said.join(", ")
    };
    let start = match measurement.plan.drive {
        Drive::Open { .. } => "from when they were meant to begin",
        Drive::Closed { .. } => "from when they began",
    };
    let merged = match course.grain.as_str() {
        "second" => "",
        _ => ", each step the worst of its seconds",
    };
    let caption = format!(
        "Good sessions by when they ended, {start}{merged}. The worst second has a p99 of {worst}."
    );
    let description = format!("Two stairs over time; the highest p99 is {worst}.");
    let y = Scale::log_around(tops(&series).into_iter());
    let axis = Axis::new("latency", y, 7, tick_time);
    let plot = course.plot(heading, description, axis, series.into(), said);
    Figure::of(heading, "latency", caption, &plot)
}

/// The time that sessions spent in each stage.
pub(super) fn stages(measurement: &Measurement) -> Figure {
    let heading = "Where the time goes";
    let later = measurement.plan.shape.commands.saturating_sub(1);
    let stages = stages_of(later);
    let mean = |part: Part, step: &Step<'_>| part.times * step.mean(part.of);
    let Some(course) = Course::of(measurement) else {
        return Figure::missing(heading, "No second was measured.");
    };
    let totals = stages.iter().map(|part| {
        let means = course.steps.iter().map(|step| mean(*part, step));
        (part.name, means.sum::<f64>())
    });
    let totals: Vec<(&str, f64)> = totals.collect();
    let whole: f64 = totals.iter().map(|(_, total)| total).sum();
    let most = totals.iter().max_by(|(_, a), (_, b)| a.total_cmp(b));
    let Some((most, total)) = most.filter(|(_, total)| *total > 0.0) else {
        return Figure::missing(heading, "No second saw any stage of a session end.");
    };
    let said = |step: &Step<'_>| {
        let said = stages.iter().map(|part| {
            let mean = Duration::try_from_secs_f64(mean(*part, step)).ok();
            format!("{} {}", part.name, time(mean))
        });
        said.collect::<Vec<_>>().join(", ")
    };
    let pauses = match measurement.plan.shape.think {
        Think::None => "",
        Think::Fixed { .. } | Think::Exponential { .. } => {
            " The pauses of the clients are not in it."
        }
    };
    let caption = format!(
        "The mean time of each stage of a session, stacked; later replies are {later} to a session. \
         Most of it is {most}: {}.{pauses}",
        share(total / whole)
    );
    let described = totals.iter();
    let described = described.map(|(name, total)| format!("{name} {}", share(total / whole)));
    let described: Vec<String> = described.collect();
    let description = format!("A stacked area over time: {}.", described.join(", "));
    let series = stacked(&course, &stages, mean);
    let y = Scale::from_zero(tops(&series).into_iter(), 5);
    let axis = Axis::new("mean time", y, 5, tick_time);
    let plot = course.plot(heading, description, axis, series, said);
    Figure::of(heading, "stages", caption, &plot)
}

/// The stages of a session with this many later replies, in order.
fn stages_of(later: u32) -> Vec<Part> {
    let mut stages = vec![
        Part::new("connect", Tone::Purple, |second| second.connect_ns),
        Part::new("first reply", Tone::Blue, |second| second.first_reply_ns),
    ];
    if later > 0 {
        stages.push(Part {
            times: f64::from(later),
            ..Part::new("later replies", Tone::Green, |it| it.later_reply_ns)
        });
    }
    stages.push(Part::new("close", Tone::Orange, |second| second.close_ns));
    stages
}

/// Stacked areas, the first part at the bottom.
fn stacked<'a>(
    course: &Course<'a>,
    parts: &[Part],
    value: impl Fn(Part, &Step<'a>) -> f64,
) -> Vec<Series> {
    let layers = course.stack(parts, value);
    let areas = parts.iter().zip(layers);
    areas
        .map(|(part, spans)| part.series(Mark::Area(spans)))
        .collect()
}
