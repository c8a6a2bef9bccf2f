//! What a model says of pools and queues: who is refused, and how long the others wait.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::base::figures::{self, significant, tick_time, time};
use crate::report::html::parts::Figure;
use crate::report::plot::{Heat, HeatCell, Tone};
use crate::report::tune::words::{count, counted};
use crate::tune::{Candidate, QueueCell, Queueing, Tuning};

const REFUSED: &str = "Refused, by workers and queue";
const WAIT: &str = "Longest waits, by workers and queue";

/// The most rows: of more some are left out evenly, which is said, but never that of the verdict.
const MOST_ROWS: usize = 10;

/// A heading, a name for its pictures, its colour, and what a field shows.
struct Kind {
    heading: &'static str,
    id: &'static str,
    tone: Tone,
    depth: fn(&QueueCell, &Queueing) -> f64,
    figure: fn(&QueueCell) -> String,
}

const KINDS: [Kind; 2] = [
    Kind {
        heading: REFUSED,
        id: "refused",
        tone: Tone::Red,
        // A hundredth is a tenth as dark as all.
        depth: |cell, _| cell.refused.sqrt(),
        figure: |cell| short_share(cell.refused),
    },
    Kind {
        heading: WAIT,
        id: "waits",
        tone: Tone::Orange,
        // The darkest is twice what may be.
        depth: |cell, queueing| {
            let wait = cell.p99_wait.as_secs_f64() / (2.0 * queueing.wait.as_secs_f64());
            if wait.is_finite() { wait } else { 0.0 }
        },
        figure: |cell| short_time(cell.p99_wait),
    },
];

pub(super) fn figures(tuning: &Tuning) -> Vec<Figure> {
    let told = tuning.queueing.as_ref().zip(tuning.verdict.choice());
    let Some((queueing, choice)) = told.filter(|(queueing, _)| !queueing.grid.is_empty()) else {
        let why = "There is no verdict whose queue could be looked at.";
        return vec![Figure::missing(REFUSED, why)];
    };
    let of = |kind: &Kind| {
        let heat = heat(kind, queueing, choice.candidate);
        let caption = caption(kind, queueing) + &left_out(&heat, queueing);
        Figure::drawn(kind.heading, kind.id, caption, |size, id| {
            heat.svg(size, id)
        })
    };
    KINDS.iter().map(of).collect()
}

fn heat(kind: &Kind, queueing: &Queueing, verdict: Candidate) -> Heat {
    let queues: BTreeSet<usize> = queueing.grid.iter().map(|cell| cell.queue).collect();
    let mut rows: BTreeMap<usize, Vec<&QueueCell>> = BTreeMap::new();
    for cell in &queueing.grid {
        rows.entry(cell.workers).or_default().push(cell);
    }
    let every = rows.len().div_ceil(MOST_ROWS).max(1);
    let rows = rows.into_iter().enumerate();
    let rows =
        rows.filter(|(index, (workers, _))| index % every == 0 || *workers == verdict.workers);
    let rows = rows.map(|(_, (workers, cells))| {
        let fields = queues.iter().map(|queue| {
            let cell = cells.iter().find(|cell| cell.queue == *queue);
            cell.map_or_else(nothing, |cell| field(kind, cell, queueing, verdict))
        });
        (count(workers), fields.collect())
    });
    Heat {
        title: kind.heading.to_owned(),
        description: caption(kind, queueing),
        x: "places in the queue".to_owned(),
        y: "workers".to_owned(),
        tone: kind.tone,
        columns: queues.iter().map(|queue| count(*queue)).collect(),
        rows: rows.collect(),
    }
}

fn field(kind: &Kind, cell: &QueueCell, queueing: &Queueing, verdict: Candidate) -> HeatCell {
    HeatCell {
        depth: (kind.depth)(cell, queueing),
        figure: (kind.figure)(cell),
        note: format!(
            "{}, {}: {} refused, one in a hundred of the others waits {} or longer",
            counted(cell.workers, "worker"),
            counted(cell.queue, "place"),
            figures::share(cell.refused),
            time(cell.p99_wait)
        ),
        is_chosen: (cell.workers, cell.queue) == (verdict.workers, verdict.queue),
    }
}

fn nothing() -> HeatCell {
    HeatCell {
        depth: 0.0,
        figure: String::new(),
        note: String::new(),
        is_chosen: false,
    }
}

fn caption(kind: &Kind, queueing: &Queueing) -> String {
    let rate = significant(queueing.offered);
    let what = if kind.heading == REFUSED {
        "The share that would be refused"
    } else {
        "What one in a hundred of those admitted would wait longer than"
    };
    format!(
        "{what}, by calculation (M/M/c/K), if {rate} sessions a second came. Framed: the verdict."
    )
}

/// What a caption says where not all rows are there.
fn left_out(heat: &Heat, queueing: &Queueing) -> String {
    let counts = queueing.grid.iter().map(|cell| cell.workers);
    let all = counts.collect::<BTreeSet<_>>().len();
    if all == heat.rows.len() {
        return String::new();
    }
    let [shown, all] = [heat.rows.len(), all].map(count);
    format!(" Of {all} numbers of workers {shown} are shown.")
}

/// A share in no more letters than a field has room for.
fn short_share(share: f64) -> String {
    match share * 100.0 {
        p if p < 0.05 => "0 %".to_owned(),
        p if p < 0.95 => format!("{p:.1} %"),
        p => format!("{p:.0} %"),
    }
}

/// A time with two digits.
fn short_time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 1e-6 {
        return "0".to_owned();
    }
    let unit = 10_f64.powf(seconds.log10().floor() - 1.0);
    tick_time((seconds / unit).round() * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_upon_a_field_is_short() {
        assert_eq!(
            [0.0, 0.0004, 0.004, 0.0123, 0.456].map(short_share),
            ["0 %", "0 %", "0.4 %", "1 %", "46 %"]
        );
        let micros = [0, 7, 123, 1_234, 12_345, 123_456];
        let written = micros.map(|micros| short_time(Duration::from_micros(micros)));
        assert_eq!(
            written,
            ["0", "7 µs", "120 µs", "1.2 ms", "12 ms", "120 ms"]
        );
    }
}
