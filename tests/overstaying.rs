//! Clients that stay too long, in every way there is, and what the others notice of it: nothing.

mod support;

use std::time::Duration;

use jamd::server::{Limits, Outcome, Settings};
use support::puppet::{FLOOD_BYTES, Shared, puppet};
use support::server::{TestServer, settings};
use support::{JAM, await_that, millis};

const SHORT: Duration = Duration::from_millis(200);

#[test]
fn a_silent_client_is_closed_in_order_after_the_idle_timeout() {
    let server = TestServer::limited(Limits {
        idle: Some(SHORT),
        ..Limits::default()
    });
    let mut silent = server.connect();
    let mut once = server.occupy();
    silent.expect_last(b"");
    once.expect_last(b"");
    assert_eq!(server.finish().count(Outcome::Idle), 2);
}

#[test]
fn a_client_that_keeps_asking_is_not_idle() {
    let server = TestServer::limited(Limits {
        idle: Some(SHORT),
        command: Some(SHORT),
        write: Some(SHORT),
        ..Limits::default()
    });
    let mut silent = server.connect();
    let mut busy = server.connect();
    while server.balance().count(Outcome::Idle) == 0 {
        busy.ask();
    }
    silent.expect_last(b"");
    busy.ask();
    busy.send(b"QUIT\r\n");
    busy.expect_last(b"");
    server.finish();
}

#[test]
fn a_trickle_is_cut_at_the_command_timeout_and_a_client_that_waits_for_its_worker_is_served() {
    let server = TestServer::with(Settings {
        workers: 1,
        limits: Limits {
            idle: Some(Duration::from_mins(1)),
            command: Some(SHORT),
            ..Limits::default()
        },
        ..settings()
    });
    let mut trickle = server.occupy();
    trickle.send(b"T");
    let mut patient = server.connect();
    patient.send(b"TIME\r\n");
    // A byte every few milliseconds and never a line end: no read of the worker waits for long.
    await_that("the trickle is cut", || {
        std::thread::park_timeout(millis(5));
        trickle.send_if_taken(b"I");
        server.balance().count(Outcome::CommandTimeout) == 1
    });
    patient.expect(JAM);
    server.finish();
}

#[test]
fn bytes_that_complete_commands_put_the_command_deadline_off() {
    let server = TestServer::limited(Limits {
        idle: Some(SHORT),
        command: Some(SHORT),
        ..Limits::default()
    });
    let mut silent = server.connect();
    let mut steady = server.connect();
    steady.send(b"TI");
    // Never at a boundary, always answered.
    while server.balance().count(Outcome::Idle) == 0 {
        steady.send(b"ME\r\nTI");
        steady.expect(JAM);
    }
    silent.expect_last(b"");
    steady.send(b"ME\r\nQUIT\r\n");
    steady.expect_last(JAM);
    server.finish();
}

#[test]
fn a_client_that_never_reads_is_cut_at_the_write_timeout() {
    let (service, _strings) = puppet();
    let settings = Settings {
        workers: 1,
        limits: Limits {
            write: Some(SHORT),
            ..Limits::default()
        },
        ..settings()
    };
    let server = TestServer::start(&settings, Shared(service));
    let mut deaf = server.connect();
    deaf.send(b"FLOOD\n");
    let mut next = server.connect();
    next.send(b"hello\n");
    next.expect(b"hello\n");
    drop(next);
    assert_eq!(server.finish().count(Outcome::WriteTimeout), 1);
}

#[test]
fn a_client_that_reads_gets_all_of_a_long_reply() {
    let (service, _strings) = puppet();
    let server = TestServer::start(&settings(), Shared(service));
    let mut client = server.connect();
    client.send(b"FLOOD\n");
    client.end_writing();
    client.expect_last(&vec![b'x'; FLOOD_BYTES]);
    server.finish();
}

#[test]
fn a_session_ends_at_the_session_timeout_however_busy_it_is() {
    let server = TestServer::limited(Limits {
        session: Some(SHORT),
        ..Limits::default()
    });
    let mut busy = server.connect();
    let mut idle = server.occupy();
    await_that("the busy session ends", || {
        busy.send_if_taken(b"TIME\r\n");
        server.balance().count(Outcome::SessionTimeout) == 2
    });
    idle.expect_last(b"");
    server.finish();
}

#[test]
fn without_limits_nobody_is_ended() {
    let limited = TestServer::limited(Limits {
        idle: Some(millis(300)),
        ..Limits::default()
    });
    let unlimited = TestServer::limited(Limits::default());
    let mut client = unlimited.occupy();
    let mut measure = limited.connect();
    measure.expect_last(b"");
    client.ask();
    limited.finish();
    unlimited.finish();
}
