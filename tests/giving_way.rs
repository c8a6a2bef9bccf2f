//! Sessions that get nowhere, or take too long a turn, give way when others wait, and only then.

mod support;

use std::thread::park_timeout;
use std::time::Duration;

use jamd::server::{Limits, Outcome, QueueTimeout, Reclaim, Settings};
use support::client::Client;
use support::puppet::{Shared, puppet};
use support::server::{TestServer, settings};
use support::{JAM, await_that, millis};

/// Far shorter than the defaults, so that the tests are.
const RECLAIM: Reclaim = Reclaim {
    after: Duration::from_millis(50),
    allowance: Duration::from_millis(100),
    floor: Duration::from_millis(20),
};

fn reclaiming(workers: usize) -> Settings {
    Settings {
        workers,
        limits: Limits {
            reclaim: Some(RECLAIM),
            ..Limits::default()
        },
        ..settings()
    }
}

fn asking(server: &TestServer) -> Client {
    let mut client = server.connect();
    client.send(b"TIME\r\n");
    client
}

#[test]
fn for_each_that_waits_the_session_that_was_silent_for_longest_is_closed_in_order() {
    let server = TestServer::with(reclaiming(4));
    let mut silent: Vec<_> = (0..4)
        .map(|_| {
            let client = server.occupy();
            // A silence that the server gives as a tick or longer is one its reaper has seen before the
            // next begins, so that it knows which is the longer.
            await_that("the reaper has seen its silence", || {
                let mut sessions = server.sessions().into_iter();
                sessions.all(|session| session.since >= millis(20))
            });
            client
        })
        .collect();
    for nth in 1..=3 {
        asking(&server).expect(JAM);
        server.await_outcome(Outcome::ClientClosed, nth);
    }
    silent[0].expect_last(b"");
    for client in &mut silent[1..] {
        client.ask();
    }
    drop(silent);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::Reclaimed), 1, "{balance}");
}

#[test]
fn a_client_that_sent_an_urgent_byte_gives_way_like_any_other() {
    let server = TestServer::with(reclaiming(1));
    let silent = server.occupy();
    silent.send_urgently(b'!');
    asking(&server).expect(JAM);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::ReclaimedMidway), 1, "{balance}");
}

#[test]
fn a_client_that_trickles_gives_way_inside_its_command() {
    let server = TestServer::with(reclaiming(1));
    let mut trickle = server.occupy();
    trickle.send(b"T");
    let mut patient = asking(&server);
    await_that("the trickle gives way", || {
        park_timeout(millis(5));
        trickle.send_if_taken(b"I");
        server.balance().count(Outcome::ReclaimedMidway) == 1
    });
    patient.expect(JAM);
    server.finish();
}

#[test]
fn a_client_that_takes_no_replies_gives_way_inside_the_write() {
    let (puppet, _strings) = puppet();
    let server = TestServer::start(&reclaiming(1), Shared(puppet));
    let mut deaf = server.connect();
    deaf.send(b"FLOOD\n");
    server.await_accepted(1);
    let mut patient = server.connect();
    patient.send(b"hello\n");
    patient.expect(b"hello\n");
    drop(patient);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::ReclaimedMidway), 1, "{balance}");
}

#[test]
fn a_client_that_keeps_asking_never_gives_way_to_those_that_wait() {
    let server = TestServer::with(Settings {
        limits: Limits {
            queue: QueueTimeout::of(Some(millis(2500)), None),
            // Long enough for a machine that is late, and shorter than the test.
            reclaim: Some(Reclaim {
                allowance: Duration::from_secs(1),
                floor: Duration::from_secs(1),
                ..RECLAIM
            }),
            ..Limits::default()
        },
        ..reclaiming(1)
    });
    let mut busy = server.occupy();
    let _waiting = asking(&server);
    while server.balance().count(Outcome::QueueTimeout) == 0 {
        busy.ask();
    }
    busy.ask();
    drop(busy);
    server.finish();
}

#[test]
fn while_nobody_waits_silence_is_nobodys_business() {
    let server = TestServer::with(reclaiming(2));
    let mut silent = server.occupy();
    // The other worker is free, so nobody waits for long, however many come.
    for _ in 0..20 {
        asking(&server).expect(JAM);
        park_timeout(RECLAIM.allowance / 5);
    }
    silent.ask();
    drop(silent);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::Reclaimed), 0, "{balance}");
}

fn turns(length: Duration) -> TestServer {
    TestServer::with(Settings {
        workers: 2,
        limits: Limits {
            turn: Some(length),
            ..Limits::default()
        },
        ..settings()
    })
}

#[test]
fn a_client_that_never_leaves_is_answered_once_more_and_then_makes_room_for_one_that_waits() {
    let server = turns(millis(100));
    let mut greedy = [server.occupy(), server.occupy()];
    let mut patient = asking(&server);
    let mut nth = 0;
    await_that("the turn of one of them is over", || {
        nth += 1;
        let client = &mut greedy[nth % 2];
        client.send(b"TIME\r\n");
        client.read_a_line().is_empty()
    });
    patient.expect(JAM);
    drop(patient);
    server.await_outcome(Outcome::ClientClosed, 1);
    greedy[(nth + 1) % 2].ask();
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::TurnOver), 1, "{balance}");
}

#[test]
fn a_turn_has_no_end_while_nobody_waits() {
    let server = turns(millis(100));
    let mut greedy = [server.occupy(), server.occupy()];
    for _ in 0..50 {
        for client in &mut greedy {
            client.ask();
        }
        park_timeout(millis(5));
    }
    drop(greedy);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::TurnOver), 0, "{balance}");
}
