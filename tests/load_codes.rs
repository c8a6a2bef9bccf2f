//! How `jamd load` ends: its exit code and what it prints, by what it met with.

mod support;

use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::OFlag;
use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use tempfile::tempdir;

use support::bad_server::{self as bad, BadServer};
use support::load::jamd_load;
use support::program::{Ended, Running, run};
use support::{await_that, millis, own_address};

/// So few sessions that a run is over at once.
const SHORT: [&str; 5] = ["--clients", "4", "--sessions", "20", "--timeout=300ms"];

fn load(server: &BadServer, words: &[&str]) -> Ended {
    run(jamd_load(server.addr(), &[&SHORT, words].concat()))
}

#[track_caller]
fn assert_ends(ended: &Ended, code: i32, said: &str) {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    assert!(ended.stdout.contains(said), "no {said:?} in {ended:?}");
}

#[test]
fn a_good_run_ends_with_0() {
    let server = BadServer::start(bad::right);
    let ended = load(&server, &["--slo", "errors=0,busy=0"]);
    assert_ends(&ended, 0, "20 started = 20 good");
}

#[test]
fn connections_made_before_the_window_are_connections_all_the_same() {
    let server = BadServer::start(bad::right);
    let words = [
        "--keep-alive",
        "--warmup=100ms",
        "--duration=200ms",
        "--clients=2",
    ];
    let ended = run(jamd_load(server.addr(), &words));
    assert!(matches!(ended.code, Some(0 | 4)), "{ended:?}");
}

#[test]
fn bad_usage_ends_with_2_and_the_reason() {
    for words in [
        &["--clients", "0"][..],
        &["--rate", "0"],
        &["--duration", "30"],
        &["--slo", "p99"],
        &["--source", "localhost"],
        &["--source", "192.0.2.1"],
        &["--source", "::1"],
        &["--arrivals", "poisson"],
        &["--shard", "3/2"],
        &["--clients", "900000"],
    ] {
        let server = BadServer::start(bad::right);
        let ended = run(jamd_load(server.addr(), words));
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(2), ""),
            "{words:?}: {ended:?}"
        );
        assert!(!ended.stderr.is_empty());
    }
}

#[test]
fn a_missed_objective_ends_with_3() {
    let server = BadServer::start(bad::every_other(bad::hung));
    assert_ends(&load(&server, &["--slo", "errors<10%"]), 3, "10 errors");
    assert_ends(&load(&server, &["--slo", "errors<60%"]), 0, "10 errors");
    let server = BadServer::start(bad::right);
    assert_ends(&load(&server, &["--slo", "p50<1us"]), 3, "20 good");
}

#[test]
fn an_objective_that_too_few_sessions_decide_ends_with_3() {
    let server = BadServer::start(bad::right);
    let ended = load(&server, &["--slo", "p50<1h,p99<1h"]);
    assert_ends(&ended, 3, "p50 < 1 h: met");
    assert_ends(&ended, 3, "p99 < 1 h: undecided");
}

#[test]
fn a_server_that_never_replies_does_not_end_with_0() {
    let server = BadServer::start(bad::hung);
    let ended = load(&server, &[]);
    assert_ends(&ended, 3, "20 errors");
    assert!(ended.stdout.contains("reply timed out"), "{ended:?}");
}

#[test]
fn a_result_that_is_not_to_be_believed_ends_with_4_whatever_its_objectives() {
    let server = BadServer::start(bad::slow(millis(50)));
    let words = [
        "--rate=200",
        "--clients=1",
        "--duration=500ms",
        "--warmup=0s",
        "--slo=goodput>150",
    ];
    let ended = run(jamd_load(server.addr(), &words));
    assert_ends(&ended, 4, "INVALID: achieved rate");
    assert_ends(&ended, 4, "goodput > 150/s: missed");
}

#[test]
fn a_server_that_is_not_there_ends_with_5() {
    let nobody = SocketAddr::new(own_address().ip(), 1);
    let ended = run(jamd_load(nobody, &SHORT));
    assert_ends(&ended, 5, "");
    assert!(ended.stderr.contains("refused"), "{ended:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_server_that_is_gone_when_the_run_begins_ends_with_5() {
    let gone = support::full::gone_after_one();
    let words = ["--clients=4", "--sessions=20"];
    let ended = run(jamd_load(gone, &words));
    assert_ends(&ended, 5, "20 errors");
    assert!(ended.stdout.contains("connection refused"), "{ended:?}");
}

#[test]
fn an_interrupted_run_prints_its_result_and_ends_with_130() {
    let server = BadServer::start(bad::right);
    let words = [
        "--clients=2",
        "--duration=60s",
        "--warmup=0s",
        "--think=1ms",
    ];
    let mut load = Running::start(jamd_load(server.addr(), &words));
    await_that("the run is under way", || server.commands() > 20);
    load.signal(Signal::SIGINT);
    let ended = load.end();
    assert_ends(&ended, 130, "Interrupted: ");
    assert!(ended.stdout.contains(" good sessions/s, p50 "), "{ended:?}");
}

#[test]
fn an_interrupt_while_open_sessions_are_waited_for_ends_the_wait() {
    let server = BadServer::start(bad::hung);
    let words = [
        "--rate=20",
        "--duration=500ms",
        "--warmup=0s",
        "--timeout=60s",
    ];
    let mut load = Running::start(jamd_load(server.addr(), &words));
    load.await_log("waiting for open sessions");
    load.signal(Signal::SIGINT);
    assert_ends(&load.end(), 130, "0 errors + 10 unfinished");
}

#[test]
fn interrupts_that_come_together_are_one() {
    let server = BadServer::start(bad::right);
    let words = ["--clients=2", "--duration=60s", "--think=1ms"];
    let mut load = Running::start(jamd_load(server.addr(), &words));
    await_that("the run is under way", || server.commands() > 20);
    load.signal(Signal::SIGINT);
    load.signal(Signal::SIGTERM);
    assert_ends(&load.end(), 130, "Interrupted: ");
}

#[test]
fn a_later_interrupt_ends_a_run_whose_result_nobody_takes() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("result");
    mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR).unwrap();
    let _full = full(&path);
    let server = BadServer::start(bad::right);
    let json = format!("--json={}", path.display());
    let words = ["--clients=2", "--duration=60s", &json];
    let mut load = Running::start(jamd_load(server.addr(), &words));
    await_that("the run is under way", || server.commands() > 20);
    load.insist(Signal::SIGINT);
    assert_eq!(load.end().code, Some(130));
}

/// A pipe that takes nothing more as long as this is kept.
fn full(path: &Path) -> File {
    let mut pipe = File::options();
    pipe.read(true).write(true);
    pipe.custom_flags(OFlag::O_NONBLOCK.bits());
    let mut pipe = pipe.open(path).unwrap();
    while pipe.write(b" ").is_ok() {}
    pipe
}
