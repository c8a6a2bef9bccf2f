//! That what the machine, the kernel and the pool do to a run is not taken for the server's speed.

#![cfg(target_os = "linux")]

mod support;

use std::env;
use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;
use jamd::load::{self, Audit, AuditResult, Length, Plan};

use support::bad_server::{self as bad, BadServer};
use support::load::{audit, closed, jamd_load, measure};
use support::millis;
use support::program::{Program, Running, run};

#[test]
fn a_thread_that_computes_all_the_time_makes_the_result_invalid() {
    let server = BadServer::start(bad::slow(millis(2)));
    let mut measured = measure(&closed(server.addr(), 4));
    let failed = |audits: Vec<Audit>| -> Vec<String> {
        let failed = audits.into_iter().filter(|audit| !audit.is_passed());
        failed.map(|audit| audit.name).collect()
    };
    assert_eq!(failed(load::audit(&measured)), [""; 0]);
    measured.client.busy = vec![0.1, 0.97];
    assert_eq!(failed(load::audit(&measured)), ["client saturation"]);
}

/// What is done in a network namespace, where there are twenty local ports.
const FEW_PORTS: &str = r#"
ip link set lo up
echo "20000 20019" > /proc/sys/net/ipv4/ip_local_port_range
"$0" serve --listen 127.0.0.1:45000 --zone utc --log off > /dev/null &
server=$!
trap 'kill $server' EXIT
until ss -ltn | grep -q :45000; do :; done
code=0
"$0" load 127.0.0.1:45000 --zone utc --clients 64 --duration 1s --warmup 0s || code=$?
exit $code
"#;

#[test]
#[ignore = "needs unshare and ip"]
fn a_machine_without_ports_is_not_the_servers_fault() {
    let mut inside = Command::new("unshare");
    inside.args(["-n", "sh", "-ec", FEW_PORTS]);
    inside.arg(cargo_bin!("jamd"));
    let ended = run(inside);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    for said in ["INVALID", "no local port", "there are 20 ports"] {
        let text = ended.stdout.replace("\n  ", " ");
        assert!(text.contains(said), "no {said:?} in {text}");
    }
    let warned = "64 clients and 20 local ports";
    assert!(ended.stderr.contains(warned), "{ended:?}");
}

#[test]
fn a_full_backlog_is_told_by_the_connections_that_it_made_wait() {
    // Handshakes are sent again each second, so the server accepts between two such moments.
    for pause in [500, 1500] {
        let server = BadServer::accepting_after(millis(pause), 1, bad::right);
        let measured = measure(&Plan {
            length: Length::Sessions { count: 8 },
            ..closed(server.addr(), 8)
        });
        assert_eq!(measured.tally.good.count(), 8);
        assert!(
            measured.backlog.retried > 0,
            "{:?}",
            measured.tally.connect.max()
        );
        let noted = audit(&measured, "accept backlog").expect("an audit");
        assert_eq!(noted.verdict, AuditResult::Noted);
    }
}

#[test]
fn keep_alive_clients_without_a_worker_are_foretold_and_counted() {
    let server = Program::serve(&["--workers", "2", "--queue-timeout", "none", "--zone", "utc"]);
    let words = [
        "--clients=8",
        "--keep-alive",
        "--duration=1s",
        "--warmup=0s",
    ];
    let ended = run(jamd_load(server.addr(), &words));
    let warning = "8 keep-alive clients hold 8 workers";
    assert!(ended.stderr.contains(warning), "{ended:?}");
    let text = ended.stdout.replace("\n           ", " ");
    let noted = "starvation: 6 of 8 keep-alive clients";
    assert!(text.contains(noted), "{text}");
}

/// The figure of this name in a process's status, in KiB.
fn status_kib(load: &Running, name: &str) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{}/status", load.pid())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim_start_matches(':')
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

#[test]
fn ten_thousand_keep_alive_clients_are_served_from_one_process_in_64_mib() {
    let workers = [
        "--workers",
        "10000",
        "--queue",
        "8000",
        "--queue-timeout",
        "none",
    ];
    let server = Program::serve(&[&workers[..], &["--zone", "utc", "--log", "off"]].concat());
    // They come in over the time that each of them thinks, and each is asked for once.
    let words = [
        "--clients=10000",
        "--keep-alive",
        "--think=6s",
        "--sessions=10000",
    ];
    let mut load = Running::start(jamd_load(server.addr(), &words));
    let mut most = 0;
    while !load.has_ended() {
        most = status_kib(&load, "VmHWM").unwrap_or(0).max(most);
        // The peak so far is asked for now and then, so as to leave the cores to those who are measured.
        thread::sleep(millis(20));
    }
    let ended = load.end();
    assert!(
        ended.stdout.contains("10 000 started = 10 000 good"),
        "{ended:?}"
    );
    assert!((1..=64 << 10).contains(&most), "{most} KiB");
}

/// A run as long as `TEST_MINUTES`, or of seconds only.
#[test]
fn a_longer_run_takes_no_more_memory() {
    let minutes = env::var("TEST_MINUTES").ok();
    let minutes = minutes.and_then(|minutes| minutes.parse::<u64>().ok());
    // In seconds there are only some million replies, and histograms still grow with each that took
    // longer than any before; whoever kept the replies would have doubled by then.
    let (early, late, growth) = match minutes {
        Some(minutes) => (60, 60 * minutes, 0.05),
        None => (2, 6, 0.2),
    };
    let server = Program::serve(&["--zone", "utc", "--log", "off"]);
    let words = [
        "--clients=2",
        "--keep-alive",
        "--pipeline=64",
        "--warmup=0s",
    ];
    let duration = format!("--duration={}s", late + 60);
    let words = [&words[..], &["--threads=1", &duration]].concat();
    let load = Running::start(jamd_load(server.addr(), &words));
    let resident_after = |seconds| {
        // Nothing is waited for: what is grown in this time is the question.
        thread::sleep(Duration::from_secs(seconds));
        status_kib(&load, "VmRSS").expect("a process that still loads")
    };
    let before = resident_after(early);
    let after = resident_after(late - early);
    let grown = f64::from(after) / f64::from(before) - 1.0;
    assert!(grown <= growth, "{before} KiB, then {after} KiB");
}
