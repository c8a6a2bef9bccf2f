//! A full queue that lets clients wait in the kernel's backlog: nobody is refused for want of a place,
//! the wait has its bound all the same, and the end of the server is not missed.

mod support;

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use jamd::server::{Class, Limits, Outcome, Overload, Settings};
use support::client::{Client, connect_from};
use support::server::{TestServer, settings};
use support::{BUSY, JAM, PATIENCE, millis, own_address};

fn waiting(queue_timeout: Option<Duration>) -> TestServer {
    TestServer::with(Settings {
        workers: 1,
        queue: 2,
        overload: Overload::Wait,
        limits: Limits {
            queue: queue_timeout,
            ..Limits::default()
        },
        ..settings()
    })
}

/// Clients that have asked, of which the server has accepted no more than it has places for.
fn ask_in_vain(server: &TestServer, clients: usize) -> Vec<Client> {
    let asking = |_| {
        let mut client = server.connect();
        client.send(b"TIME\r\n");
        client
    };
    let clients = (0..clients).map(asking).collect();
    server.await_accepted(3);
    clients
}

#[test]
fn whoever_finds_the_queue_full_is_served_when_there_is_room() {
    let server = waiting(None);
    let served = server.occupy();
    let clients = ask_in_vain(&server, 50);
    assert_eq!(server.balance().accepted(), 3);
    drop(served);
    for mut client in clients {
        client.expect(JAM);
    }
    let balance = server.finish();
    assert_eq!(balance.total(Class::Served), 51, "{balance}");
}

#[test]
fn nobody_is_refused_for_want_of_a_place_on_any_of_several_listeners() {
    let server = TestServer::with(Settings {
        listen: vec![own_address(), own_address()],
        workers: 1,
        queue: 1,
        overload: Overload::Wait,
        ..settings()
    });
    let served = server.occupy();
    let mut clients: Vec<_> = (0..40)
        .map(|nth| {
            let mut client = Client::connect(server.addresses()[nth % 2]);
            client.send(b"TIME\r\nQUIT\r\n");
            client
        })
        .collect();
    drop(served);
    for client in &mut clients {
        client.expect_last(JAM);
    }
    let balance = server.finish();
    assert_eq!(balance.total(Class::Served), 41, "{balance}");
}

#[test]
fn whoever_may_not_connect_is_denied_in_the_backlog_too() {
    let server = TestServer::with(Settings {
        workers: 1,
        queue: 1,
        overload: Overload::Wait,
        deny: vec!["127.66.0.0/16".parse().unwrap()],
        ..settings()
    });
    let mut served = server.occupy();
    served.send(b"TI");
    let _waiting = server.connect();
    server.await_accepted(2);
    let denied = connect_from("127.66.0.1", server.addr()).unwrap();
    server.drain(Duration::ZERO);
    let balance = server.ended();
    assert_eq!(balance.count(Outcome::Denied), 1, "{balance}");
    drop(denied);
}

#[test]
fn the_queue_timeout_counts_from_when_the_client_came_and_not_from_when_it_was_accepted() {
    const LIMIT: Duration = Duration::from_millis(300);
    const CLIENTS: u16 = 40;
    let server = waiting(Some(LIMIT));
    let mut served = server.occupy();
    let began = Instant::now();
    for mut client in ask_in_vain(&server, CLIENTS.into()) {
        client.expect_last(BUSY);
        assert!(began.elapsed() + millis(50) >= LIMIT, "refused too early");
    }
    // The waits of those ahead do not add up, two places at a time.
    assert!(began.elapsed() < LIMIT * u32::from(CLIENTS / 2) / 2);
    served.ask();
    drop(served);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::QueueTimeout), u64::from(CLIENTS));
}

#[test]
#[cfg(target_os = "linux")]
fn who_goes_on_talking_in_the_backlog_is_refused_no_later_than_who_came_after_it() {
    const LIMIT: Duration = Duration::from_secs(1);
    let server = waiting(Some(LIMIT));
    let mut served = server.occupy();
    let ahead = ask_in_vain(&server, 2);
    let mut talker = server.connect();
    let mut silent = server.connect();
    let (refused, is_refused) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            silent.expect_last(BUSY);
            refused.send(()).unwrap();
        });
        while is_refused.recv_timeout(millis(10)) == Err(RecvTimeoutError::Timeout) {
            // It may have been refused by now, and be gone.
            talker.send_if_taken(b"T");
        }
        let since = Instant::now();
        talker.expect_last(BUSY);
        assert!(since.elapsed() < LIMIT / 2, "refused too late");
    });
    served.ask();
    drop((served, ahead));
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::QueueTimeout), 4, "{balance}");
}

#[test]
fn a_drain_serves_also_those_that_wait_in_the_backlog() {
    for _ in 0..10 {
        let server = waiting(None);
        let mut served = server.occupy();
        served.send(b"TI");
        let clients = ask_in_vain(&server, 20);
        server.drain(PATIENCE);
        served.send(b"ME\r\n");
        served.expect_last(JAM);
        drop(served);
        for mut client in clients {
            client.expect_last(JAM);
        }
        let balance = server.ended();
        assert_eq!(balance.total(Class::Served), 21, "{balance}");
    }
}

#[test]
fn a_server_whose_acceptor_waits_for_a_place_ends_at_once_when_it_is_told_to() {
    let server = waiting(None);
    let mut served = server.occupy();
    served.send(b"TI");
    let clients = ask_in_vain(&server, 20);
    server.drain(Duration::ZERO);
    let balance = server.ended();
    assert_eq!(balance.accepted(), 21, "{balance}");
    assert_eq!(balance.count(Outcome::DrainTimeout), 20, "{balance}");
    for mut client in clients {
        client.read_to_any_end();
    }
}
