//! `jamd tune` of a server that is running: whatever becomes of the tuner, the workers are put back.

mod support;

use std::fs;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use assert_cmd::cargo::cargo_bin;
use nix::sys::signal::Signal;
use serde_json::Value;
use support::admin_port::{AdminPort, answer};
use support::http::{get, post, status};
use support::program::{Ended, Program, Running, run};
use support::{await_that, own_address};
use tempfile::NamedTempFile;

/// Workers of the servers here, and places in their queues.
const WORKERS: usize = 3;
const QUEUE: usize = 20;

/// A server, and its administration port.
fn administered() -> (Program, SocketAddr) {
    let [workers, queue] = [WORKERS, QUEUE].map(|count| count.to_string());
    let admin = own_address().to_string();
    let pool = ["--workers", &workers, "--queue", &queue, "--zone", "utc"];
    let mut program = Program::serve(&[&pool[..], &["--admin", &admin]].concat());
    let admin = program.next_address("administration on http://");
    (program, admin)
}

/// `jamd tune` of a server, with these arguments besides.
fn tune(target: SocketAddr, admin: SocketAddr, words: &[&str]) -> Command {
    let mut jamd = Command::new(cargo_bin!("jamd"));
    jamd.args([
        "tune",
        "--zone",
        "utc",
        "--skew",
        "500ms",
        "--max-workers",
        "8",
    ])
    .args([
        "--target",
        &target.to_string(),
        "--admin",
        &admin.to_string(),
    ])
    .args(words)
    .env_clear();
    jamd
}

/// A tuner that has begun to change the workers, and will go on for long.
fn under_way(target: SocketAddr, admin: SocketAddr) -> Running {
    let tuner = Running::start(tune(target, admin, &["--budget", "10m"]));
    await_that("the workers are changed", || workers(admin) != WORKERS);
    tuner
}

fn workers(admin: SocketAddr) -> usize {
    status(admin).server.workers.wanted
}

/// Checks that the server has so many workers for good, and is none the worse for it.
#[track_caller]
fn assert_left(server: Program, admin: SocketAddr, workers: usize) {
    let headcount = get(admin, "/workers").body;
    assert_eq!(headcount, format!("{{\"workers\":{workers}}}\n"));
    assert_eq!(server.finish().code, Some(0));
}

/// Hides the addresses of a server's clients from it, for as long as this process runs.
fn proxy(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind(own_address()).unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            let Ok(server) = TcpStream::connect(server) else {
                return;
            };
            let [client_too, server_too] = [&client, &server].map(|it| it.try_clone().unwrap());
            for (mut from, mut to) in [(client, server), (server_too, client_too)] {
                thread::spawn(move || {
                    // Whoever has gone needs nothing more.
                    let _ = io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Write);
                });
            }
        }
    });
    addr
}

#[track_caller]
fn assert_said(ended: &Ended, part: &str) {
    assert!(ended.stderr.contains(part), "{ended:?}");
}

#[test]
fn at_the_end_the_workers_are_put_back() {
    let (server, admin) = administered();
    let ended = run(tune(server.addr(), admin, &["--budget", "10s", "--quick"]));
    // What the verdict is, is not the matter here.
    assert!(matches!(ended.code, Some(0 | 4)), "{ended:?}");
    assert_said(
        &ended,
        "the workers of the server, 3 now, are changed for each trial",
    );
    assert_said(&ended, "the server has 3 workers now");
    assert_left(server, admin, WORKERS);
}

/// Checks that everything that is said is said of the queue that the server has, and that fresh runs are
/// held against what was predicted of them.
#[track_caller]
fn assert_tried_as_it_is(tuning: &Value) {
    let list = |of: &Value| of.as_array().cloned().unwrap_or_default();
    let places = |it: &Value| it["candidate"]["queue"].clone();
    let (trials, rows) = (list(&tuning["trials"]), list(&tuning["regret"]));
    assert!(trials.iter().chain(&rows).all(|it| places(it) == QUEUE));
    for prediction in list(&tuning["verification"]["predictions"]) {
        let fresh = trials.iter().filter(|it| it["purpose"] == "verify");
        let own = fresh.filter(|it| it["candidate"] == prediction["candidate"]);
        let planned = prediction["runs"].as_u64().expect("a number of runs");
        let is_tested = !prediction["goodput"]["measured"].is_null();
        assert!(!is_tested || 2 * own.count() as u64 > planned, "{tuning}");
    }
}

#[test]
fn who_wants_the_verdict_applied_gets_it_if_there_is_one() {
    let (server, admin) = administered();
    let file = NamedTempFile::new().unwrap();
    let json = file.path().to_str().unwrap();
    let words = ["--budget", "10s", "--quick", "--apply", "--json", json];
    let ended = run(tune(server.addr(), admin, &words));
    let tuning: Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    assert_tried_as_it_is(&tuning);
    let verdict = &tuning["verdict"]["run"]["candidate"]["workers"];
    let left = match ended.code {
        Some(0) => verdict.as_u64().expect("a verdict"),
        Some(4) => WORKERS as u64,
        _ => panic!("{ended:?}"),
    };
    assert_said(&ended, &format!("the server has {left} workers now"));
    assert_left(server, admin, left.try_into().unwrap());
}

#[test]
fn an_interrupted_tuner_puts_the_workers_back() {
    let (server, admin) = administered();
    let mut tuner = under_way(server.addr(), admin);
    tuner.signal(Signal::SIGINT);
    assert_eq!(tuner.end().code, Some(130));
    assert_left(server, admin, WORKERS);
}

#[test]
fn after_a_tuner_that_was_killed_the_server_puts_them_back() {
    let (mut server, admin) = administered();
    let mut tuner = under_way(server.addr(), admin);
    tuner.signal(Signal::SIGKILL);
    assert_eq!(tuner.end().code, None);
    server.await_log("lease expired");
    assert_left(server, admin, WORKERS);
}

#[test]
fn who_changes_the_workers_meanwhile_has_the_last_word() {
    let (server, admin) = administered();
    let mut tuner = under_way(server.addr(), admin);
    assert_eq!(post(admin, "/workers", r#"{"workers": 5}"#).code, 200);
    let ended = tuner.end();
    assert_said(&ended, "another program changed the workers of the server");
    assert_left(server, admin, 5);
}

/// Asks an administration port what somebody has asked another.
fn asked_of(admin: SocketAddr, asked: &str) -> Vec<u8> {
    let said = match asked.split_once(" /workers ") {
        Some((_, terms)) => post(admin, "/workers", terms),
        None => get(admin, asked.trim_start_matches("GET ")),
    };
    answer(said.code, &said.body)
}

#[test]
fn who_cannot_leave_the_workers_as_they_are_to_be_fails_whatever_was_found() {
    let (mut server, admin) = administered();
    // A way to it by which no lease can be ended.
    let way = AdminPort::start(move |asked| {
        if asked.contains("lease") && !asked.contains("for_seconds") {
            return Vec::new();
        }
        asked_of(admin, asked)
    });
    let ended = run(tune(
        server.addr(),
        way.addr(),
        &["--budget", "10s", "--quick"],
    ));
    assert!(
        ended.stdout.contains("workers"),
        "something was found: {ended:?}"
    );
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_said(&ended, "the server was not left with 3 workers: ");
    server.await_log("lease expired");
    assert_left(server, admin, WORKERS);
}

#[test]
fn a_server_that_was_started_again_is_said_to_be() {
    let [(mut server, admin), (again, admin_again)] = [administered(), administered()];
    // The same port leads to the one and then to the other.
    let is_again = Arc::new(AtomicBool::new(false));
    let way = AdminPort::start({
        let is_again = Arc::clone(&is_again);
        move |asked| {
            let is_again = is_again.load(Ordering::Relaxed);
            asked_of(if is_again { admin_again } else { admin }, asked)
        }
    });
    let mut tuner = under_way(server.addr(), way.addr());
    is_again.store(true, Ordering::Relaxed);
    let ended = tuner.end();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_said(&ended, "the server was started again while it was tuned");
    assert_left(again, admin_again, WORKERS);
    server.await_log("lease expired");
    assert_left(server, admin, WORKERS);
}

#[test]
fn nobody_is_tuned_by_the_administration_port_of_another() {
    let ((server, _), (other, admin)) = (administered(), administered());
    let ended = run(tune(server.addr(), admin, &[]));
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert_said(&ended, "do not belong to the same server");
    assert_left(other, admin, WORKERS);
    let ledger = server.finish();
    assert!(ledger.ledger(0).starts_with("1 accepted"), "{ledger:?}");
}

#[test]
fn a_server_behind_a_proxy_is_known_by_its_ledger() {
    let (server, admin) = administered();
    let mut tuner = under_way(proxy(server.addr()), admin);
    tuner.signal(Signal::SIGINT);
    assert_eq!(tuner.end().code, Some(130));
    assert_left(server, admin, WORKERS);
}

#[test]
fn a_server_that_cannot_be_reached_is_said_to_be() {
    let (server, admin) = administered();
    let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
    for (target, admin) in [(nobody, admin), (server.addr(), nobody)] {
        let ended = run(tune(target, admin, &[]));
        assert_eq!(ended.code, Some(5), "{ended:?}");
        assert_said(&ended, "127.0.0.1:1");
    }
    assert_left(server, admin, WORKERS);
}

#[test]
fn one_tuner_at_a_time() {
    let (server, admin) = administered();
    let lease = r#"{"workers": 2, "for_seconds": 3600}"#;
    assert_eq!(post(admin, "/workers", lease).code, 200);
    let ended = run(tune(server.addr(), admin, &[]));
    assert_eq!(ended.code, Some(5), "{ended:?}");
    assert_said(&ended, "another client tries numbers of workers");
    assert_eq!(workers(admin), 2);
    assert_eq!(server.finish().code, Some(0));
}
