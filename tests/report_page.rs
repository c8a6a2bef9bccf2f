//! The page of a load test in a real browser: it asks nobody for anything, and every plot shows.

mod support;

use std::time::Duration;

use serde_json::json;

use jamd::load::{
    Audit, AuditResult, Backlog, ClientSide, End, Ended, Measurement, Outcome, Place, Second,
    Tally, Window,
};
use jamd::report::html;

use support::headless::{assert_asks_nobody, assert_dark_by_night, assert_every_plot_shows};

/// The plots of an open loop.
const PLOTS: usize = 5;

#[test]
#[ignore = "needs chromium"]
fn the_page_asks_nobody_for_anything_and_has_nothing_to_complain_of() {
    assert_asks_nobody(&page());
}

#[test]
#[ignore = "needs chromium"]
fn every_plot_is_seen_by_day_and_by_night_and_on_a_phone() {
    assert_every_plot_shows(&page(), PLOTS);
}

#[test]
#[ignore = "needs chromium"]
fn the_page_is_dark_where_the_reader_wants_it_dark() {
    assert_dark_by_night(&page());
}

fn page() -> String {
    html::page(&measurement(), &[])
}

/// Two seconds of an open loop, the second slower.
fn measurement() -> Measurement {
    let mut tally = Tally::default();
    let mut ended = Ended::default();
    for index in 1..=400_u32 {
        let (time, lag) = (Duration::from_micros(300), Duration::from_micros(9));
        let (time, lag) = (time + lag * index, lag * (index % 7));
        let outcome = match index % 50 {
            0 => Outcome::Busy,
            _ => Outcome::Good,
        };
        tally.started += 1;
        tally.end(outcome, time, time + lag);
        tally.lag.record(lag);
        ended.end(outcome);
    }
    Measurement {
        plan: serde_json::from_value(plan()).unwrap(),
        place: Place {
            address: "127.0.0.1:45000".to_owned(),
            command: "jamd load --rate 200 <host>".to_owned(),
            ..Place::default()
        },
        window: Window {
            begin: Duration::from_secs(1_790_000_000),
            elapsed: Duration::from_secs(2),
        },
        tally,
        ended,
        seconds: vec![second(0), second(1)],
        client: ClientSide::default(),
        backlog: Backlog::default(),
        audits: vec![Audit {
            name: "conservation".to_owned(),
            verdict: AuditResult::Passed,
            evidence: "400 started = 392 good + 8 busy".to_owned(),
        }],
        end: End::Planned,
        parts: Vec::new(),
    }
}

fn second(at: u32) -> Second {
    let slower = u64::from(at) + 1;
    Second {
        at,
        length: Duration::from_secs(1),
        started: 200,
        ended: Ended {
            good: 196,
            busy: 4,
            failed: 0,
            replies: 196,
        },
        p50_ns: 1_200_000 * slower,
        p99_ns: 2_100_000 * slower,
        connect_ns: 60_000,
        first_reply_ns: 300_000 * slower,
        close_ns: 40_000,
        ..Second::default()
    }
}

fn plan() -> serde_json::Value {
    json!({
        "target": "localhost:45000",
        "drive": {
            "loop": "open", "stages": "0:200", "arrivals": "poisson", "clients": 1000
        },
        "shape": {"commands": 1, "then": "quit", "pipeline": 1, "think": "none"},
        "length": {"duration": {"seconds": 2.0}},
        "warmup_seconds": 0.0,
        "threads": 1,
        "timeout_seconds": 5.0,
        "sources": "",
        "seed": 7,
        "skew_seconds": 0.1,
        "zone": "local",
        "shard": {"index": 1, "count": 1}
    })
}
