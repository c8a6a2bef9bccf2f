//! The tables of a load test's page: counts and times.

use crate::base::{ENOUGH_BEYOND, Percentile, as_f64};
use crate::load::{Failure, Measurement, Times};

use super::parts::{Cell, Row, Table};
use super::{NOTHING, settings, time};
use crate::base::figures;

/// The printed percentiles with their names.
const PERCENTILES: [(&str, f64); 5] = [
    ("p50", 0.5),
    ("p90", 0.9),
    ("p99", 0.99),
    ("p99.9", 0.999),
    ("p99.99", 0.9999),
];

/// All tables of a page.
pub(super) fn tables(measurement: &Measurement) -> Vec<Table> {
    let mut tables = vec![
        sessions(measurement),
        rates(measurement),
        latency(measurement),
        stages(measurement),
    ];
    if !measurement.parts.is_empty() {
        tables.push(parts(measurement));
    }
    tables
}

fn sessions(measurement: &Measurement) -> Table {
    let tally = &measurement.tally;
    let counted = |name: &str, count: u64| {
        let share = figures::share(measurement.share(count));
        Row::plain(name, [figures::count(count), share])
    };
    let mut rows = vec![
        counted("started", tally.started),
        counted("good", tally.good.count()),
        counted("busy", tally.busy.count()),
        counted("errors", tally.errors()),
    ];
    for failure in Failure::ALL {
        let count = tally.failed(failure).count();
        if count > 0 {
            rows.push(counted(failure.name(), count).part());
        }
    }
    rows.push(counted("unfinished", tally.unfinished.count()));
    Table {
        caption: "Sessions",
        corner: "",
        remark: "that began within the window".to_owned(),
        columns: vec!["count", "share"],
        rows,
    }
}

fn rates(measurement: &Measurement) -> Table {
    let rate = |name: &str, per_second: f64| Row::plain(name, [figures::significant(per_second)]);
    Table {
        caption: "Rates",
        corner: "",
        remark: "of what ended within the window".to_owned(),
        columns: vec!["a second"],
        rows: vec![
            rate("good sessions", measurement.goodput()),
            rate("all sessions", measurement.attempts()),
            rate(
                "right replies",
                measurement.per_second(measurement.ended.replies),
            ),
        ],
    }
}

fn latency(measurement: &Measurement) -> Table {
    let is_open = measurement.plan.drive.is_open();
    let good = &measurement.tally.good;
    let row = |name: &str, judged: Option<Percentile>, actual: Option<Percentile>| {
        let mut cells = vec![Cell::percentile(judged)];
        if is_open {
            cells.push(Cell::percentile(actual));
        }
        Row::new(name, cells)
    };
    let mut rows: Vec<Row> = PERCENTILES
        .iter()
        .map(|(name, q)| row(name, measurement.percentile(*q), plain(good, *q)))
        .collect();
    rows.push(row(
        "max",
        measurement.percentile(1.0).map(as_it_is),
        plain(good, 1.0).map(as_it_is),
    ));
    let (columns, remark) = if is_open {
        let columns = vec!["from the intended start", "good, from the actual start"];
        (columns, "of good sessions and those given up")
    } else {
        (
            vec!["from the start"],
            "of good sessions and those given up",
        )
    };
    Table {
        caption: "Latency",
        corner: "",
        remark: remark.to_owned(),
        columns,
        rows,
    }
}

fn stages(measurement: &Measurement) -> Table {
    let tally = &measurement.tally;
    let stage = |name: &str, times: &Times| {
        let cells = vec![
            Cell::percentile(plain(times, 0.5)),
            Cell::percentile(plain(times, 0.99)),
            Cell::plain(time(times.max())),
        ];
        Row::new(name, cells)
    };
    Table {
        caption: "Stages",
        corner: "",
        remark: "of a session, each by itself".to_owned(),
        columns: vec!["p50", "p99", "max"],
        rows: vec![
            stage("connect", &tally.connect),
            stage("first reply", &tally.first_reply),
            stage("later replies, each", &tally.later_replies),
            stage("close", &tally.close),
            stage("schedule lag", &tally.lag),
        ],
    }
}

fn parts(measurement: &Measurement) -> Table {
    let row = |part: &crate::load::Part| {
        let elapsed = part.window.elapsed.as_secs_f64();
        let rate = if elapsed > 0.0 {
            figures::significant(as_f64(part.ended.good) / elapsed)
        } else {
            NOTHING.to_owned()
        };
        let [p50, p99] = [part.p50_ns, part.p99_ns].map(std::time::Duration::from_nanos);
        let cells = [
            figures::time(part.window.elapsed),
            rate,
            figures::time(p50),
            figures::time(p99),
        ];
        Row::plain(&settings::moment(part.window.begin), cells)
    };
    Table {
        caption: "Parts",
        corner: "",
        remark: "that this measurement was merged from".to_owned(),
        columns: vec!["length", "good sessions/s", "p50", "p99"],
        rows: measurement.parts.iter().map(row).collect(),
    }
}

/// A percentile of complete times.
pub(super) fn plain(times: &Times, quantile: f64) -> Option<Percentile> {
    Some(Percentile {
        time: times.quantile(quantile)?,
        is_bound: false,
        is_thin: as_f64(times.count()) * (1.0 - quantile) < ENOUGH_BEYOND,
    })
}

/// The longest time is exact, however few sessions are as long.
fn as_it_is(longest: Percentile) -> Percentile {
    Percentile {
        is_thin: false,
        ..longest
    }
}
