//! That the number of workers can change while the server serves, and nobody is lost by it.

mod support;

use std::env;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use fastrand::Rng;
use jamd::server::{Class, Limits, Outcome, ResizeError, Settings};
use support::puppet::{Shared, puppet};
use support::server::{TestServer, settings};
use support::{PATIENCE, await_that, millis};

#[test]
fn a_client_that_waits_is_served_as_soon_as_there_is_another_worker() {
    let server = TestServer::of(1, 4);
    let _holder = server.occupy();
    let mut waiting = server.connect();
    waiting.send(b"TIME\r\n");
    server.await_accepted(2);
    server.resize(2);
    waiting.expect(support::JAM);
    server.finish();
}

#[test]
fn idle_workers_that_are_too_many_retire_at_once_and_busy_ones_after_their_session() {
    let server = TestServer::of(6, 4);
    let mut sessions: Vec<_> = (0..3).map(|_| server.occupy()).collect();
    server.resize(2);
    await_that("the idle have retired", || server.workers() == 3);
    for session in &mut sessions {
        session.ask();
    }
    drop(sessions.pop());
    await_that("one more has retired", || server.workers() == 2);
    for session in &mut sessions {
        session.ask();
    }
    drop(sessions);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::ClientClosed), 3);
}

#[test]
fn no_more_sessions_are_served_at_a_time_than_there_are_workers_left() {
    let (puppet, strings) = puppet();
    let server = TestServer::start(&settings(), Shared(puppet));
    server.resize(2);
    await_that("the others have retired", || server.workers() == 2);
    let mut clients: Vec<_> = (0..3).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.send(b"HOLD\n");
    }
    let gates = [strings.await_held(), strings.await_held()];
    server.await_accepted(3);
    await_that("the third waits", || server.waiting() == 1);
    drop(gates);
    let mut last = clients.pop().unwrap();
    for mut client in clients {
        client.expect(b"HOLD\n");
    }
    drop(strings.await_held());
    last.expect(b"HOLD\n");
    drop(last);
    server.finish();
}

#[test]
fn silent_sessions_give_way_though_the_workers_they_held_retire() {
    let server = TestServer::limited(Limits {
        turn: Some(millis(100)),
        ..Limits::default()
    });
    let _silent: Vec<_> = (0..settings().workers).map(|_| server.occupy()).collect();
    server.resize(1);
    server.asking().expect(support::JAM);
    server.finish();
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let server = TestServer::of(2, 4);
    assert_eq!(server.try_resize(0), Err(ResizeError::NoWorkers));
    let shortage = server.try_resize(100_000_000);
    assert!(
        matches!(&shortage, Err(ResizeError::Shortage(_))),
        "{shortage:?}"
    );
    assert_eq!(server.workers(), 2);
    let _session = server.occupy();
    server.drain(PATIENCE);
    assert_eq!(server.try_resize(3), Err(ResizeError::Ending));
    server.ended();
}

#[test]
fn a_drain_waits_for_those_that_were_hired_later() {
    let (puppet, strings) = puppet();
    let one = Settings {
        workers: 1,
        ..settings()
    };
    let server = TestServer::start(&one, Shared(puppet));
    server.resize(3);
    let mut clients: Vec<_> = (0..3).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.send(b"HOLD\n");
    }
    let gates: Vec<_> = (0..3).map(|_| strings.await_held()).collect();
    server.drain(PATIENCE);
    drop(gates);
    for client in &mut clients {
        client.expect(b"HOLD\n");
    }
    let balance = server.ended();
    assert_eq!(balance.count(Outcome::Drained), 3, "{balance}");
}

/// How often the number of workers changes in the next test, where `TEST_RESIZES` does not say
/// otherwise.
const RESIZES: u32 = 1000;

/// Clients that come and go meanwhile, and more than there ever are workers for.
const CLIENTS: usize = 12;

#[test]
fn under_load_no_resize_loses_a_session() {
    let resizes = env::var("TEST_RESIZES").map_or(RESIZES, |text| text.parse().unwrap());
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let server = TestServer::of(4, CLIENTS);
    let (is_over, sessions) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (server, is_over, sessions) = (&server, &is_over, &sessions);
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    let mut session = server.connect();
                    for _ in 0..=client % 3 {
                        session.ask();
                    }
                    session.send(b"QUIT\r\n");
                    session.expect_last(b"");
                    sessions.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let mut rng = Rng::with_seed(seed);
        for _ in 0..resizes {
            server.resize(rng.usize(1..=8));
            // So that each change meets sessions that began before it and some that begin after.
            let begun = sessions.load(Ordering::Relaxed);
            await_that("sessions go on", || {
                sessions.load(Ordering::Relaxed) > begun
            });
        }
        is_over.store(true, Ordering::Relaxed);
    });
    server.resize(3);
    await_that("as many are left as there are to be", || {
        server.workers() == 3
    });
    let balance = server.finish();
    assert_eq!(
        balance.count(Outcome::Quit),
        sessions.into_inner(),
        "{balance}"
    );
    assert_eq!(balance.total(Class::Served), balance.accepted());
    println!("{resizes} resizes: {balance}");
}
