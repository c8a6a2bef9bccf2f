//! `jamd tune` from end to end, on servers that it starts itself.

#![cfg(target_os = "linux")]

mod support;

use std::fs;

use jamd::tune::{Calibration, Reason, Tuning, Verdict};
use nix::sys::signal::Signal;
use tempfile::NamedTempFile;

use support::millis;
use support::program::{Ended, Program, Running, limited_jamd, run};
use support::tune::{await_child, await_end, jamd_tune, tuned};

/// A tuning that is over soon.
const SHORT: [&str; 4] = [
    "--quick",
    "--budget=12s",
    "--service-time=2ms",
    "--max-workers=8",
];

#[test]
fn a_server_that_sleeps_is_tuned_to_the_most_workers_or_not_to_the_end() {
    let mut command = jamd_tune(&SHORT);
    // None of it may reach a server that we start.
    command.envs([
        ("JAMD_CONFIG", "/nowhere"),
        ("JAMD_WORKERS", "none"),
        ("JAMD_UNKNOWN", "1"),
    ]);
    let (ended, tuning) = tuned(command);
    // Where others take the cores, runs lie too far apart for so few of them.
    match (&tuning.verdict, ended.code) {
        (Verdict::Run(choice), Some(0 | 4)) => assert!(choice.candidate.workers > 4, "{ended:?}"),
        (Verdict::Untold { reason, .. }, Some(4)) => {
            assert!(matches!(reason, Reason::NotReached | Reason::Noise));
        }
        other => panic!("{other:?}: {ended:?}"),
    }
    assert!(!ended.stdout.is_empty() && !ended.stdout.contains("good/s"));
    assert_calibrated(&tuning.calibration);
    assert!(of(&tuning, 8) > 2.0 * of(&tuning, 1), "{ended:?}");
    for trial in &tuning.trials {
        let evidence = trial.evidence;
        assert!(
            evidence.occupied.is_some_and(|share| share > 0.5),
            "{trial:?}"
        );
        assert!(evidence.server_cpu.is_some() && evidence.client_busy > 0.0);
        assert!(trial.split.service >= millis(1), "{trial:?}");
        assert!(trial.latency.p50 >= millis(2), "{trial:?}");
        assert_eq!((trial.failed, evidence.portless), (0.0, 0.0));
    }
}

fn assert_calibrated(calibration: &Calibration) {
    let Calibration {
        ceiling, service, ..
    } = calibration;
    assert!(ceiling.is_some_and(|ceiling| ceiling > 100.0));
    assert!(service.mean >= millis(2), "{service:?}");
}

/// The best that a number of workers gave.
fn of(tuning: &Tuning, workers: usize) -> f64 {
    let trials = tuning.trials.iter();
    let trials = trials.filter(|trial| trial.candidate.workers == workers);
    trials.map(|trial| trial.goodput).fold(0.0, f64::max)
}

#[test]
fn objectives_that_cannot_be_met_end_with_3() {
    let (ended, tuning) = tuned(jamd_tune(&[&SHORT[..], &["--slo=p50<1ms"]].concat()));
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let is_so = |trial: &jamd::tune::Trial| trial.strain.is_some_and(|strain| strain > 1.0);
    assert!(tuning.trials.iter().all(is_so));
    assert_eq!(tuning.settings.slo.as_deref(), Some("p50<1ms"));
}

#[test]
fn an_interrupt_prints_what_was_found_and_leaves_no_server() {
    let mut tune = Running::start(jamd_tune(&SHORT));
    tune.await_log("sweep");
    let server = await_child(tune.pid());
    tune.signal(Signal::SIGINT);
    let ended = tune.end();
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert!(!ended.stdout.is_empty(), "{ended:?}");
    await_end(server);
}

#[test]
fn an_interrupt_before_anything_was_found_says_so() {
    let mut tune = Running::start(jamd_tune(&SHORT));
    tune.await_log("calibrating");
    tune.signal(Signal::SIGINT);
    let ended = tune.end();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(130), ""));
    assert!(
        ended.stderr.contains("before anything was found"),
        "{ended:?}"
    );
}

#[test]
fn a_tuner_that_is_killed_leaves_no_server() {
    let tune = Running::start(jamd_tune(&SHORT));
    let server = await_child(tune.pid());
    tune.signal(Signal::SIGKILL);
    await_end(server);
}

#[test]
fn a_server_that_is_tied_to_its_standard_input_drains_when_that_ends() {
    // The standard input of whatever is started here has nothing in it.
    let ended = Program::start(Program::command(&["--until-stdin-ends"])).end();
    ended.ledger(0);
}

#[test]
fn bad_usage_ends_with_2_and_the_reason() {
    for (words, reason) in [
        (&["--apply"][..], "copy the line of `jamd serve`"),
        (&["--target=localhost"], "--admin"),
        (&["--admin=45001"], "--target"),
        (
            &["--target=localhost", "--admin=1", "--service-time=2ms"],
            "cannot be used with",
        ),
        (&["--clients=5", "--rate=5"], "cannot be used with"),
        (&["--clients=0"], "0"),
        (&["--rate=0"], "a rate is"),
        (&["--max-workers=1"], "expected a number from 2 to 30000"),
        (&["--service-time=2"], "unit"),
        (&["--slo=p99"], "an objective is written"),
        (
            &["--slo=busy<1%,p99>20ms"],
            "such as p99<20ms or busy<1%, or goodput from below, such as goodput>1000, got p99>20ms",
        ),
        (&["--budget=1s"], "from 10s to"),
        (&["--think=10ms"], "--clients"),
    ] {
        let ended = run(jamd_tune(words));
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(2), ""),
            "{words:?}"
        );
        assert!(ended.stderr.contains(reason), "{words:?}: {ended:?}");
    }
}

#[test]
fn a_machine_that_does_not_give_a_server_what_it_needs_ends_it_with_1_and_the_reason() {
    let ended = run(limited_jamd("-n 300", &[&["tune"], &SHORT[..]].concat()));
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(1), ""),
        "{ended:?}"
    );
    let reason = "the server does not start: open files: 1 workers + 4 queued";
    assert!(ended.stderr.contains(reason), "{ended:?}");
}

#[test]
fn a_page_is_written_where_it_was_asked_for() {
    let page = NamedTempFile::new().expect("a file");
    let html = format!("--html={}", page.path().display());
    let (ended, _) = tuned(jamd_tune(&[&SHORT[..], &[&html]].concat()));
    let page = fs::read_to_string(page.path()).expect("a page");
    assert!(
        page.starts_with("<!DOCTYPE html>") && page.contains("</html>"),
        "{ended:?}"
    );
}

#[test]
fn a_file_that_cannot_be_written_ends_it_before_it_begins() {
    for flag in ["--json=/nowhere/tuning.json", "--html=/nowhere/tuning.html"] {
        let ended: Ended = run(jamd_tune(&[&SHORT[..], &[flag]].concat()));
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
        assert!(
            ended
                .stderr
                .starts_with("jamd: cannot write /nowhere/tuning.")
        );
    }
}
