//! Plots of distributions: the percentile curve, and the histogram of the schedule lag.

use std::time::Duration;

use crate::base::{ENOUGH_BEYOND, as_f64};
use crate::load::{Measurement, Times};

use crate::base::figures::{self, percentile, share, tick_time};
use crate::report::html::parts::Figure;
use crate::report::html::{tables, time};
use crate::report::plot::{Axis, Mark, Plot, Scale, Series, Shade, Span, Tick, Tone};

/// The percentiles marked on the axis, in equal distances for each further 9.
const NINES: [(f64, &str); 6] = [
    (0.0, "0"),
    (0.5, "50"),
    (0.9, "90"),
    (0.99, "99"),
    (0.999, "99.9"),
    (0.9999, "99.99"),
];

/// The end of the percentile axis: one session in ten thousand, as the inverse of the share beyond.
const FARTHEST: f64 = 10_000.0;

/// Points of a curve per factor of ten.
const FINENESS: u8 = 40;

/// The latency by percentile.
pub(super) fn percentiles(measurement: &Measurement) -> Figure {
    let heading = "Latency by percentile";
    let judged = with_given_up(measurement);
    if judged.is_empty() {
        return Figure::missing(heading, "No session came to an end that could be timed.");
    }
    let is_open = measurement.plan.drive.is_open();
    let mut curves = Vec::new();
    if is_open && !measurement.tally.good.is_empty() {
        let actual = &measurement.tally.good;
        curves.push(("actual start", Tone::Orange, curve(actual)));
    }
    let name = if is_open { "intended start" } else { "" };
    curves.push((name, Tone::Blue, curve(&judged)));
    let seen = curves.iter().flat_map(|(_, _, points)| points.iter());
    let scale = Scale::log_around(seen.map(|(_, y)| *y));
    let mut series: Vec<Series> = Vec::new();
    for (name, tone, points) in curves {
        series.push(Series::new(name, tone, Mark::Line(points)));
    }
    let dots = Mark::Dots(dots(measurement));
    series.push(Series::new("", Tone::Blue, dots));
    let shades = shades(&judged);
    let mut caption = caption(measurement);
    if !shades.is_empty() {
        caption.push_str(" In the shaded part fewer than ten sessions lie beyond.");
    }
    let plot = Plot {
        title: heading.to_owned(),
        description: described(measurement),
        x: percentile_axis(),
        y: Axis::new("latency", scale, 7, tick_time),
        series,
        shades,
        uprights: Vec::new(),
        notes: Vec::new(),
    };
    Figure::of(heading, "percentiles", caption, &plot)
}

/// The times of good sessions and of sessions given up, which would have taken longer.
fn with_given_up(measurement: &Measurement) -> Times {
    let mut all = measurement.latency().clone();
    for given_up in measurement.tally.given_up() {
        all.add(given_up);
    }
    all
}

/// Points from the shortest to the longest time, by the inverse of the share that is longer.
fn curve(times: &Times) -> Vec<(f64, f64)> {
    let end = as_f64(times.count()).min(FARTHEST);
    let between = (0..=u8::MAX).map(|index| 10_f64.powf(f64::from(index) / f64::from(FINENESS)));
    let places = between.take_while(|x| *x < end).chain([end]);
    let points = places.filter_map(|x| {
        let time = times.quantile(1.0 - 1.0 / x)?;
        // A logarithmic axis has no zero; no clock distinguishes zero from a nanosecond.
        Some((x, time.max(Duration::from_nanos(1)).as_secs_f64()))
    });
    points.collect()
}

fn dots(measurement: &Measurement) -> Vec<((f64, f64), String)> {
    let known = NINES.iter().skip(1).filter_map(|(quantile, name)| {
        let found = measurement.percentile(*quantile)?;
        let note = format!("p{name}: {}", percentile(found));
        let at = (1.0 / (1.0 - quantile), found.time.as_secs_f64());
        (!found.is_thin).then_some((at, note))
    });
    known.collect()
}

fn percentile_axis() -> Axis {
    let tick = |(quantile, label): &(f64, &str)| Tick {
        at: 1.0 / (1.0 - quantile),
        label: (*label).to_owned(),
    };
    Axis {
        title: "percentile (%)".to_owned(),
        scale: Scale::log(1.0, FARTHEST),
        ticks: NINES.iter().map(tick).collect(),
    }
}

/// The stretch in which too few sessions lie beyond a percentile.
fn shades(judged: &Times) -> Vec<Shade> {
    let from = (as_f64(judged.count()) / ENOUGH_BEYOND).max(1.0);
    let label = "chance decides".to_owned();
    let shade = (from < FARTHEST).then_some(Shade {
        from,
        to: FARTHEST,
        label,
    });
    shade.into_iter().collect()
}

fn caption(measurement: &Measurement) -> String {
    let judged = |q| {
        measurement
            .percentile(q)
            .map_or_else(String::new, percentile)
    };
    if measurement.plan.drive.is_open() {
        let actual = tables::plain(&measurement.tally.good, 0.99);
        let actual = actual.map_or_else(|| "none".to_owned(), percentile);
        format!(
            "One session in a hundred took {} or longer from when it was meant to begin, {actual} from \
             when it did. Where the curves part, sessions began later than they were meant to.",
            judged(0.99)
        )
    } else {
        format!(
            "Half of the sessions took {} or longer, one in a hundred {}. A closed loop begins no \
             session while it waits: a stall shows in few of them, however many it would have met.",
            judged(0.5),
            judged(0.99)
        )
    }
}

fn described(measurement: &Measurement) -> String {
    let known = NINES.iter().skip(1).filter_map(|(quantile, name)| {
        let found = measurement.percentile(*quantile)?;
        Some(format!("p{name} {}", percentile(found)))
    });
    let known: Vec<String> = known.collect();
    format!(
        "A rising curve on a logarithmic axis: {}.",
        known.join(", ")
    )
}

/// The schedule lag: how late sessions began.
pub(super) fn lag(measurement: &Measurement) -> Figure {
    let heading = "Schedule lag";
    let lag = &measurement.tally.lag;
    if lag.is_empty() {
        return Figure::missing(heading, "Nothing was begun on a schedule.");
    }
    let bins = bins(lag);
    let ends = bins.iter().flat_map(|bin| [bin.from, bin.to]);
    let (low, high) = ends.fold((f64::MAX, 0.0_f64), |(low, high), end| {
        (low.min(end), high.max(end))
    });
    let tops = bins.iter().map(|bin| bin.high);
    let y_scale = Scale::from_zero(tops, 5);
    let said = |bin: &Span| {
        let (from, to) = (tick_time(bin.from), tick_time(bin.to));
        format!("{from} to {to}: {}", share(bin.high))
    };
    let bars = bins.iter().map(|bin| (*bin, said(bin))).collect();
    let [p50, p99] = [0.5, 0.99].map(|quantile| time(lag.quantile(quantile)));
    let longest = time(lag.max());
    let plot = Plot {
        title: heading.to_owned(),
        description: format!("A histogram: half lag {p50} or less, the longest lag is {longest}."),
        x: Axis::new("later than intended", Scale::log(low, high), 8, tick_time),
        y: Axis::new("share of the beginnings", y_scale, 5, |value| {
            format!("{} %", figures::tick(value * 100.0))
        }),
        series: vec![Series::new("", Tone::Blue, Mark::Bars(bars))],
        shades: Vec::new(),
        uprights: Vec::new(),
        notes: Vec::new(),
    };
    let caption = format!(
        "How late this client began what was due: half within {p50}, all but one in a hundred within \
         {p99}. Lag that comes near the latency is the client's own, not the server's."
    );
    Figure::of(heading, "lag", caption, &plot)
}

/// Bins per factor of ten, equally wide on a logarithmic axis.
const BINS: i32 = 8;

/// The distribution of times over bins, as shares; the first bin also holds times below 100 ns.
fn bins(times: &Times) -> Vec<Span> {
    let edge = |index: i32| 1e-7 * 10_f64.powf(f64::from(index) / f64::from(BINS));
    let total = as_f64(times.count());
    let mut bins: Vec<Span> = Vec::new();
    let mut index = 0;
    for step in times.histogram().iter_recorded() {
        let seconds = Duration::from_nanos(step.value_iterated_to()).as_secs_f64();
        while edge(index + 1) < seconds {
            index += 1;
        }
        let (from, to) = (edge(index), edge(index + 1));
        let high = as_f64(step.count_since_last_iteration()) / total;
        match bins.last_mut() {
            Some(last) if from < last.to => last.high += high,
            _ => bins.push(Span {
                from,
                to,
                low: 0.0,
                high,
            }),
        }
    }
    bins
}
