//! The acceptor at its worst: no descriptor left to accept with, and clients that are gone before they
//! are served. What is printed last is the figure:
//!
//! ```text
//! cargo test --test accepting -- --ignored --nocapture
//! ```

#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::never;
use support::await_that;
use support::client::Client;
use support::program::{Program, expect_the_time};

const WORKERS: usize = 8;

/// Descriptors that are left to the server for its sessions.
const LEFT: usize = 3;

/// What the server may take of a core while it can accept nothing.
const SHARE: f64 = 0.02;

/// CPU time is counted in hundredths of a second, once for the user and once for the system.
const GRAIN: Duration = Duration::from_millis(20);

#[test]
fn a_server_out_of_descriptors_is_idle() {
    run_out_of_descriptors(Duration::from_secs(1));
}

#[test]
#[ignore = "needs ten seconds in which nobody waits for the figure"]
fn a_server_out_of_descriptors_is_idle_for_long() {
    run_out_of_descriptors(Duration::from_secs(10));
}

#[test]
fn clients_that_connect_and_reset_leave_nothing_behind() {
    connect_and_reset(2_000);
}

#[test]
#[ignore = "needs a minute of the whole machine"]
fn a_hundred_thousand_clients_that_connect_and_reset_leave_nothing_behind() {
    connect_and_reset(100_000);
}

fn run_out_of_descriptors(time: Duration) {
    let server = serve();
    leave_descriptors(&server, LEFT);
    let served: Vec<_> = (0..LEFT).map(|_| server.occupy()).collect();
    let mut waiting = server.connect();
    waiting.send(b"TIME\r\n");

    let (began, used) = (Instant::now(), server.cpu());
    assert!(never::<()>().recv_timeout(time).is_err());
    let used = server.cpu().saturating_sub(used);
    let watched = began.elapsed();
    waiting.stream().set_nonblocking(true).unwrap();
    let heard = waiting.stream().peek(&mut [0]);
    assert!(heard.is_err(), "it was not out of descriptors: {heard:?}");
    waiting.stream().set_nonblocking(false).unwrap();

    let freed = Instant::now();
    served.into_iter().for_each(quit);
    expect_the_time(&mut waiting);
    let served_after = freed.elapsed();
    quit(waiting);
    server.finish().ledger(0);
    println!(
        "out of descriptors for {watched:.1?}: {used:?} of CPU time, {:.2} % of a core; the first \
         client after that was served within {served_after:.1?}",
        100.0 * used.as_secs_f64() / watched.as_secs_f64()
    );
    assert!(used <= watched.mul_f64(SHARE) + GRAIN, "{used:?}");
}

fn connect_and_reset(clients: usize) {
    const THREADS: usize = 4;
    let server = serve();
    let before = (descriptors(&server), threads(&server));
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..clients / THREADS {
                    server.connect().reset();
                }
            });
        }
    });
    let took = began.elapsed();
    await_that("nothing is left behind", || {
        thread::park_timeout(Duration::from_millis(1));
        (descriptors(&server), threads(&server)) == before
    });

    // Each holds a worker until all were answered.
    let together: Vec<_> = (0..WORKERS).map(|_| server.occupy()).collect();
    together.into_iter().for_each(quit);
    let ended = server.finish();
    println!(
        "{clients} connected and reset in {took:.1?}: {} descriptors and {} threads before and \
         after, then {WORKERS} sessions at a time; {}",
        before.0,
        before.1,
        ended.ledger(0)
    );
}

fn serve() -> Program {
    Program::serve(&["--workers", &WORKERS.to_string(), "--log", "off"])
}

/// Ends a session, which makes room for one that waits.
fn quit(mut client: Client) {
    client.send(b"QUIT\r\n");
    client.expect_last(b"");
}

/// Lowers the limit of the running server: its own start would refuse so low a one.
fn leave_descriptors(server: &Program, left: usize) {
    let taken = entries(server, "fd");
    // The limit is one of numbers, and those in use may lie anywhere.
    let free = (0..).filter(|number: &u32| !taken.contains(&number.to_string()));
    let limit = free.take(left).last().expect("some are left") + 1;
    let lowered = Command::new("prlimit")
        .arg(format!("--pid={}", server.pid()))
        .arg(format!("--nofile={limit}"))
        .status();
    assert!(
        lowered
            .as_ref()
            .is_ok_and(std::process::ExitStatus::success),
        "prlimit, of util-linux: {lowered:?}"
    );
}

fn descriptors(server: &Program) -> usize {
    entries(server, "fd").len()
}

fn threads(server: &Program) -> usize {
    entries(server, "task").len()
}

fn entries(server: &Program, folder: &str) -> Vec<String> {
    let folder = fs::read_dir(format!("/proc/{}/{folder}", server.pid()));
    let names = folder.expect("a process of ours").map(|entry| {
        let name = entry.expect("an entry").file_name();
        name.into_string().expect("a number")
    });
    names.collect()
}
