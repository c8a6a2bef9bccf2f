//! Tests of whole tunings against simulated servers.

mod bottlenecks;
mod course;
mod coverage;
mod honesty;
mod objectives;
mod servers;

use std::time::Duration;

use super::simulated::{OVERHEAD, Simulated, sleeping};
use super::*;

pub(super) fn settings(most_workers: usize, seed: u64) -> Settings {
    Settings {
        most_workers,
        demand: Demand::PerWorker(4),
        wait: None,
        limit: None,
        queue: None,
        slo: None,
        budget: Duration::from_mins(2),
        effort: Effort::Full,
        seed,
    }
}

pub(super) fn calibration() -> Calibration {
    Calibration {
        ceiling: None,
        service: Service {
            mean: Duration::from_millis(2),
            variability: 1.0,
        },
        overhead: OVERHEAD,
        cores: 2,
        shares_machine: true,
        took: Duration::from_secs(4),
    }
}

/// The tuning of a server without an observer or an interrupt.
fn tuned(mut server: impl Target, settings: &Settings) -> Tuning {
    tune(
        &mut server,
        settings,
        &calibration(),
        &Stop::default(),
        &mut (),
    )
}

#[test]
fn a_server_that_sleeps_gets_as_many_workers_as_its_cap_is_worth() {
    let server = Simulated::new(1, 0.05, sleeping);
    let tuning = tuned(server, &settings(64, 1));
    let Verdict::Run(choice) = tuning.verdict else {
        panic!("{:?} {:?}", tuning.verdict, tuning.estimate)
    };
    assert!((10..=12).contains(&choice.candidate.workers), "{choice:?}");
    let queueing = tuning.queueing.unwrap();
    assert!(queueing.longest_wait <= queueing.wait + Duration::from_micros(1));
    assert!(queueing.overload.unwrap().holds);
}

#[test]
fn a_demand_that_is_a_rate_gets_as_many_workers_as_it_keeps_busy() {
    let settings = Settings {
        demand: Demand::Rate(2000.0),
        wait: Some(Duration::from_millis(20)),
        ..settings(64, 2)
    };
    let server = Simulated::new(2, 0.03, sleeping);
    let tuning = tuned(server, &settings);
    let workers = tuning.verdict.choice().unwrap().candidate.workers;
    assert!((5..=6).contains(&workers), "{:?}", tuning.verdict);
    assert_eq!(tuning.diagnosis.bottleneck, Bottleneck::Nothing);
}

#[test]
fn what_objectives_leave_for_the_wait_is_less_the_longer_a_session_takes() {
    let millis = Duration::from_millis;
    let settings = Settings {
        limit: Some(millis(10)),
        ..settings(64, 1)
    };
    let places = |mean| {
        let service = Service {
            mean,
            variability: 0.0,
        };
        settings.candidate(8, service).queue
    };
    // Eight workers; per session, a wait of 8, 5 and 0 ms is left.
    assert_eq!([2, 5, 12].map(millis).map(places), [32, 8, 1]);
}

#[test]
fn what_still_rises_with_the_most_workers_is_no_recommendation() {
    let server = Simulated::new(1, 0.05, |workers| workers as f64 * 100.0);
    let tuning = tuned(server, &settings(32, 1));
    let Verdict::Untold { reason, meanwhile } = tuning.verdict else {
        panic!("{:?}", tuning.verdict)
    };
    assert_eq!(reason, Reason::NotReached);
    let meanwhile = meanwhile.unwrap().candidate.workers;
    assert!(meanwhile <= 32);
}

#[test]
fn a_tuning_reads_back_as_it_was_written() {
    let tuning = sample::tuning(1);
    let written = serde_json::to_string(&tuning).unwrap();
    let read: Tuning = serde_json::from_str(&written).unwrap();
    assert_eq!(read.trials.len(), tuning.trials.len());
    let candidate = |tuning: &Tuning| tuning.verdict.choice().map(|choice| choice.candidate);
    assert_eq!(candidate(&read), candidate(&tuning));
    assert_eq!(read.regret.len(), tuning.regret.len());
}
