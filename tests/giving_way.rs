//! A session gives way at the end of its turn, to a client that waits and had less, and only then.

mod support;

use std::thread::park_timeout;
use std::time::{Duration, Instant};

use jamd::server::{Limits, Outcome, QueueTimeout, Settings};
use support::client::{Client, connect_from};
use support::puppet::{Shared, puppet};
use support::server::{TestServer, settings};
use support::{BUSY, JAM, PATIENCE, await_that, millis};

/// Far shorter than the default, so that the tests are.
const TURN: Duration = Duration::from_millis(200);

fn turns(workers: usize, turn: Duration) -> Settings {
    Settings {
        workers,
        limits: Limits {
            turn: Some(turn),
            ..Limits::default()
        },
        ..settings()
    }
}

/// A client with an address of its own.
fn client(server: &TestServer, number: u8) -> Client {
    Client::from(connect_from(&format!("127.2.0.{number}"), server.addr()).unwrap())
}

/// A client that holds a worker: it has been answered once.
fn occupying(server: &TestServer, number: u8) -> Client {
    let mut client = client(server, number);
    client.ask();
    client
}

/// A client that has asked, and waits for its answer.
fn asking(server: &TestServer, number: u8) -> Client {
    let mut client = client(server, number);
    client.send(b"TIME\r\n");
    client
}

#[test]
fn a_silent_session_is_closed_in_order_when_its_turn_is_over_and_another_client_waits() {
    let server = TestServer::with(turns(1, TURN));
    let mut silent = occupying(&server, 1);
    asking(&server, 2).expect(JAM);
    silent.expect_last(b"");
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::Reclaimed), 1, "{balance}");
}

#[test]
fn a_client_that_keeps_asking_is_answered_and_then_closed() {
    let server = TestServer::with(turns(1, TURN));
    let mut greedy = occupying(&server, 1);
    let mut patient = asking(&server, 2);
    await_that("its turn is over", || {
        greedy.send_if_taken(b"TIME\r\n");
        greedy.read_a_line().is_empty()
    });
    patient.expect(JAM);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::Reclaimed), 1, "{balance}");
}

#[test]
fn a_client_that_trickles_is_closed_inside_its_command() {
    let server = TestServer::with(turns(1, TURN));
    let mut trickle = occupying(&server, 1);
    trickle.send(b"T");
    let mut patient = asking(&server, 2);
    await_that("the trickle gives way", || {
        park_timeout(millis(5));
        trickle.send_if_taken(b"I");
        server.balance().count(Outcome::ReclaimedMidway) == 1
    });
    patient.expect(JAM);
    server.finish();
}

#[test]
fn a_client_that_sent_an_urgent_byte_gives_way_like_any_other() {
    let server = TestServer::with(turns(1, TURN));
    let silent = occupying(&server, 1);
    silent.send_urgently(b'!');
    asking(&server, 2).expect(JAM);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::ReclaimedMidway), 1, "{balance}");
}

#[test]
fn a_client_that_takes_no_replies_is_closed_inside_the_write() {
    let (puppet, _strings) = puppet();
    let server = TestServer::start(&turns(1, TURN), Shared(puppet));
    let mut deaf = client(&server, 1);
    deaf.send(b"FLOOD\n");
    await_that("it has the worker", || server.sessions().len() == 1);
    let mut patient = client(&server, 2);
    patient.send(b"hello\n");
    patient.expect(b"hello\n");
    drop(patient);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::ReclaimedMidway), 1, "{balance}");
}

#[test]
fn before_its_turn_is_over_a_session_is_not_closed_whoever_waits() {
    let server = TestServer::with(Settings {
        limits: Limits {
            queue: QueueTimeout::of(Some(millis(300)), None),
            turn: Some(PATIENCE),
            ..Limits::default()
        },
        ..turns(1, PATIENCE)
    });
    let mut holder = occupying(&server, 1);
    for number in 2..5 {
        asking(&server, number).expect_last(BUSY);
    }
    holder.ask();
    drop(holder);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::QueueTimeout), 3, "{balance}");
}

#[test]
fn a_turn_has_no_end_while_nobody_waits() {
    let server = TestServer::with(turns(2, TURN));
    let mut holders = [occupying(&server, 1), occupying(&server, 2)];
    let began = Instant::now();
    while began.elapsed() < TURN * 3 {
        for client in &mut holders {
            client.ask();
        }
        park_timeout(millis(5));
    }
    drop(holders);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::ClientClosed), 2, "{balance}");
}

#[test]
fn while_a_worker_is_idle_nobody_gives_way() {
    let server = TestServer::with(turns(2, TURN));
    let mut silent = occupying(&server, 1);
    let began = Instant::now();
    while began.elapsed() < TURN * 3 {
        let mut other = asking(&server, 2);
        other.expect(JAM);
        other.send(b"QUIT\r\n");
        other.expect_last(b"");
    }
    silent.ask();
    drop(silent);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::Reclaimed), 0, "{balance}");
}

#[test]
fn of_two_sessions_whose_turn_is_over_the_one_is_closed_whose_client_had_more_before() {
    let server = TestServer::with(turns(2, TURN));
    let mut heavy = occupying(&server, 1);
    await_that("it has had a worker for long", || {
        let sessions = server.sessions();
        sessions.iter().any(|session| session.since >= TURN * 3)
    });
    heavy.send(b"QUIT\r\n");
    heavy.expect_last(b"");
    let mut light = occupying(&server, 2);
    let mut heavy = occupying(&server, 1);
    asking(&server, 3).expect(JAM);
    heavy.expect_last(b"");
    light.ask();
    drop(light);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::Reclaimed), 1, "{balance}");
}

#[test]
fn a_client_whose_turn_was_over_waits_behind_one_that_came_later() {
    let server = TestServer::with(turns(1, TURN));
    let mut greedy = occupying(&server, 1);
    let mut holder = asking(&server, 2);
    holder.expect(JAM);
    greedy.expect_last(b"");
    let mut greedy = asking(&server, 1);
    await_that("it waits", || server.waiting() == 1);
    let mut later = asking(&server, 3);
    await_that("both wait", || server.waiting() == 2);
    holder.send(b"QUIT\r\n");
    // The one that is answered first keeps the worker, for its turn is not over.
    later.expect(JAM);
    later.send(b"QUIT\r\n");
    greedy.expect(JAM);
    drop((greedy, holder, later));
    server.finish();
}

#[test]
fn among_clients_of_one_address_each_session_has_its_turn() {
    let server = TestServer::with(turns(1, TURN));
    let mut holder = occupying(&server, 1);
    for _ in 0..3 {
        let mut next = asking(&server, 1);
        next.expect(JAM);
        holder.expect_last(b"");
        holder = next;
    }
    drop(holder);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::Reclaimed), 3, "{balance}");
}
