//! That a run knows what it had of the cores: what it used, and what others kept it from.

#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::process::Command;

use jamd::load::{self, AuditResult, Measurement};
use tempfile::NamedTempFile;

use support::bad_server::{self as bad, BadServer};
use support::burners::Burners;
use support::load::{audit, closed, jamd_load, measure};
use support::millis;
use support::program::Running;

/// Who has a connection open, and never pauses.
const GREEDY: [&str; 5] = [
    "--clients=8",
    "--keep-alive",
    "--threads=1",
    "--duration=2s",
    "--warmup=0s",
];

#[test]
fn what_a_run_says_it_used_of_a_core_is_what_the_kernel_says_of_its_process() {
    let server = BadServer::start(bad::right);
    let kept = NamedTempFile::new().unwrap();
    let json = format!("--json={}", kept.path().display());
    let words = [&GREEDY[..], &[&json]].concat();
    let mut load = Running::start(jamd_load(server.addr(), &words));
    let process = load.cpu_at_end().as_secs_f64();
    let ended = load.end();
    let measured: Measurement = serde_json::from_slice(&fs::read(kept.path()).unwrap())
        .unwrap_or_else(|err| panic!("{err} in the result of {ended:?}"));
    let share: f64 = measured.client.busy.iter().sum();
    let said = share * measured.window.elapsed.as_secs_f64();
    // The rest of the process begins, collects and prints, which is little beside two seconds of load.
    // The kernel counts in hundredths of a second.
    assert!(said <= process + 0.02, "{said} s of {process} s");
    assert!(said >= 0.75 * process - 0.1, "{said} s of {process} s");
}

#[test]
fn a_client_that_others_keep_from_the_cores_is_the_bottleneck() {
    let server = BadServer::start(bad::right);
    let jamd = jamd_load(server.addr(), &GREEDY);
    let mut nice = Command::new("nice");
    // Not the lowest priority: it must come to its end beside whatever else this machine does.
    nice.args(["-n", "15"]).arg(jamd.get_program());
    nice.args(jamd.get_args()).env_clear();
    // Behind the server and before the client: one that waits for a server which others keep from the
    // cores would be kept from nothing itself.
    let burners = Burners::pinned(2, 5);
    let ended = Running::start(nice).end();
    drop(burners);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    let invalid = "INVALID: client saturation: ";
    assert!(ended.stdout.contains(invalid), "{ended:?}");
}

#[test]
fn a_delay_makes_a_result_invalid_unless_it_is_small_or_the_run_short() {
    let server = BadServer::start(bad::slow(millis(2)));
    let mut measured = measure(&closed(server.addr(), 4));
    for (delayed, elapsed, verdict) in [
        (0.5, millis(10_000), AuditResult::Passed),
        (0.95, millis(10_000), AuditResult::Failed),
        (0.95, millis(100), AuditResult::Passed),
    ] {
        measured.client.busy = vec![0.1, 0.1];
        measured.client.delayed = vec![0.1, delayed];
        measured.window.elapsed = elapsed;
        measured.audits = load::audit(&measured);
        let saturation = audit(&measured, "client saturation").expect("an audit");
        assert_eq!(saturation.verdict, verdict, "{saturation:?}");
    }
}
