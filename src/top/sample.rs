//! A sample server for tests.

use serde_json::{Value, json};

use super::model::Seen;
use crate::observe::Status;

/// A server with this number of workers. The first four are occupied, each in a different state.
pub(crate) fn status(workers: usize) -> Status {
    let states = ["awaiting", "reading", "working", "writing"];
    let worker = |index: usize| -> Value {
        let worker = index + 1;
        match states.get(index) {
            None => json!({"worker": worker, "state": "idle", "since_seconds": 3.5}),
            Some(state) => json!({
                "worker": worker,
                "state": state,
                "since_seconds": 0.5 * worker as f64,
                "client": format!("10.0.0.{worker}:5000{worker}"),
                "commands": 1000 * worker,
            }),
        }
    };
    let pool: Vec<_> = (0..workers).map(worker).collect();
    let count = |state| {
        pool.iter()
            .filter(|worker| worker["state"] == state)
            .count()
    };
    let status = json!({
        "version": "0.1.0",
        "started_seconds": 1_764_075_000.0,
        "uptime_seconds": 100.0,
        "listen": ["[::]:45000"],
        "life": "running",
        "ready": true,
        "ready_reason": "accepting",
        "workers": {"wanted": workers, "idle": count("idle"), "awaiting": count("awaiting"),
            "reading": count("reading"), "working": count("working"), "writing": count("writing")},
        "worker_seconds":
            {"idle": 0.0, "awaiting": 90.0, "reading": 7.0, "working": 2.0, "writing": 1.0},
        "queue": {"depth": 3, "capacity": 1024, "high_water": 12, "oldest_seconds": 0.25},
        "backlogs": [],
        "ledger": {"accepted": 2100, "served": {"quit": 2000}, "refused": {"queue full": 7},
            "failed": {}},
        "commands": 1_234_500,
        "accept_pauses": {"count": 0, "seconds": 0.0},
        "clock": null,
        "log": {"omitted": 0, "lost": 0},
        "pool": pool,
        "advice": advice(workers),
    });
    serde_json::from_value(status).expect("a status")
}

/// The first status of the sample server.
pub(crate) fn seen(workers: usize) -> Seen {
    Seen::first(status(workers))
}

fn advice(current: usize) -> Value {
    let pool = |workers: usize| {
        let wait = 4.0 / workers as f64;
        json!({"workers": workers, "is_current": workers == current, "wait_p50_seconds": wait / 5.0,
            "wait_p99_seconds": wait, "refused_ratio": 0.01, "utilisation_ratio": 0.93})
    };
    let sizes = [
        current / 2,
        current * 3 / 4,
        current,
        current * 3 / 2,
        current * 2,
    ];
    let pools: Vec<_> = sizes.into_iter().map(pool).collect();
    let window = |seconds: u32| {
        json!({"seconds": seconds, "covered_seconds": f64::from(seconds.min(100)), "arrivals": 2100,
            "refused": 7, "wait": {"p50_seconds": 0.1, "p99_seconds": 0.48},
            "session": {"p50_seconds": 0.05, "p99_seconds": null}, "pools": pools})
    };
    let sentence = "p99 queue wait 480 ms now; 12 workers would have made it 3 ms; 16 add nothing.";
    json!({"sentence": sentence, "assumption": "", "holds": true, "why_not": "",
        "windows": [window(60), window(900)]})
}

mod tests {
    use super::*;
    use crate::observe::Counters;
    use crate::observe::metrics::{Exposition, Scrape, render};

    #[test]
    fn the_status_and_the_metrics_are_as_they_were_last_looked_at() {
        let status = status(8);
        insta::assert_snapshot!("status", serde_json::to_string_pretty(&status).unwrap());
        let scrape = Scrape {
            status,
            histograms: Counters::default().histograms(),
        };
        let metrics = render(scrape, Exposition::OpenMetrics).unwrap();
        insta::assert_snapshot!("metrics", metrics);
    }
}
