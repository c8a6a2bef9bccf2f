//! Before its first command is complete a connection costs neither a worker nor a place in the queue.

mod support;

use std::time::Duration;

use jamd::server::{ClientLimits, Limits, Outcome, Settings};
use support::client::{Client, connect_from};
use support::server::{TestServer, settings};
use support::{BUSY, JAM, PATIENCE, await_that, millis};

/// Workers and places for one client each.
fn small() -> Settings {
    Settings {
        workers: 1,
        queue: 1,
        ..settings()
    }
}

#[test]
fn clients_that_say_nothing_or_half_a_command_keep_nobody_from_the_only_worker() {
    let server = TestServer::with(small());
    let mut others: Vec<_> = (0..20)
        .map(|nth| {
            let mut client = server.connect();
            client.send(if nth % 2 == 0 { b"" } else { b"TIM" });
            client
        })
        .collect();
    server.await_accepted(20);
    server.occupy();
    assert_eq!(server.waiting(), 0);
    for client in others.iter_mut().skip(1).step_by(2) {
        client.send(b"E\r\nQUIT\r\n");
        client.expect_last(JAM);
    }
    drop(others);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::Quit), 10, "{balance}");
    assert_eq!(balance.count(Outcome::Probe), 10, "{balance}");
}

#[test]
fn a_first_command_may_come_byte_by_byte_and_many_commands_at_once() {
    let server = TestServer::of(2, 2);
    let mut slow = server.connect();
    for byte in b"TIME\r\n" {
        slow.send(&[*byte]);
    }
    slow.expect(JAM);
    let mut many = server.connect();
    many.send(&b"TIME\r\n".repeat(1000));
    many.expect(&JAM.repeat(1000));
    drop((slow, many));
    server.finish();
}

#[test]
fn a_connection_that_ends_without_a_byte_is_a_probe_and_one_that_ends_in_a_command_a_failure() {
    let server = TestServer::with(small());
    drop(server.connect());
    server.connect().reset();
    server.connect().end_writing();
    server.await_outcome(Outcome::Probe, 3);
    let mut truncated = server.connect();
    truncated.send(b"TIM");
    truncated.end_writing();
    truncated.expect_last(b"");
    let mut reset = server.connect();
    reset.send(b"TIM");
    server.await_accepted(5);
    reset.reset();
    server.await_outcome(Outcome::Reset, 1);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::Truncated), 1, "{balance}");
}

#[test]
fn a_silent_client_is_closed_at_the_idle_timeout_and_a_trickle_at_the_command_timeout() {
    let server = TestServer::limited(Limits {
        idle: Some(millis(200)),
        command: Some(millis(400)),
        ..Limits::default()
    });
    let mut silent = server.connect();
    let mut trickle = server.connect();
    await_that("the trickle is closed", || {
        std::thread::park_timeout(millis(20));
        trickle.send_if_taken(b"T");
        server.balance().count(Outcome::CommandTimeout) == 1
    });
    silent.expect_last(b"");
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::Idle), 1, "{balance}");
}

#[test]
fn when_the_set_is_full_the_oldest_of_the_client_that_has_most_is_closed() {
    let server = TestServer::with(Settings {
        deferred: 4,
        ..small()
    });
    let from = |source: &str| Client::from(connect_from(source, server.addr()).unwrap());
    let mut quiet = from("127.1.0.2");
    server.await_accepted(1);
    let mut flood: Vec<_> = (2..5)
        .map(|nth| {
            let client = from("127.1.0.1");
            server.await_accepted(nth);
            client
        })
        .collect();
    let mut late = from("127.1.0.3");
    flood[0].expect_last(b"");
    for client in flood[1..].iter_mut().chain([&mut quiet, &mut late]) {
        client.send(b"TIME\r\nQUIT\r\n");
        client.expect_last(JAM);
    }
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::Evicted), 1, "{balance}");
}

#[test]
fn a_connection_without_a_command_takes_its_share_of_the_sessions_of_its_client() {
    let server = TestServer::with(Settings {
        clients: ClientLimits {
            sessions: Some(1),
            ..ClientLimits::default()
        },
        ..settings()
    });
    let silent = server.connect();
    server.await_accepted(1);
    server.connect().expect_last(BUSY);
    drop(silent);
    server.await_outcome(Outcome::Probe, 1);
    server.occupy();
    server.finish();
}

#[test]
fn a_drain_answers_what_has_come_and_closes_those_that_have_sent_no_whole_command() {
    for _ in 0..20 {
        let server = TestServer::of(2, 8);
        let mut silent = server.connect();
        let mut begun = server.connect();
        begun.send(b"TI");
        let mut asked = server.connect();
        server.await_accepted(3);
        asked.send(b"TIME\r\n");
        server.drain(PATIENCE);
        asked.expect_last(JAM);
        silent.expect_last(b"");
        begun.expect_last(b"");
        drop((asked, silent, begun));
        let balance = server.ended();
        assert_eq!(balance.count(Outcome::Drained), 3, "{balance}");
    }
}

#[test]
fn a_cut_closes_those_that_have_sent_no_whole_command() {
    let server = TestServer::with(small());
    let mut silent = server.connect();
    server.await_accepted(1);
    server.drain(Duration::ZERO);
    silent.expect_last(b"");
    let balance = server.ended();
    assert_eq!(balance.count(Outcome::Drained), 1, "{balance}");
}

#[test]
fn an_end_that_arrives_with_the_last_bytes_is_seen() {
    let server = TestServer::of(2, 2);
    for _ in 0..200 {
        let mut client = server.connect();
        client.send(b"TIME");
        client.send(b"TIME");
        client.end_writing();
        client.expect_last(b"");
    }
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::Truncated), 200, "{balance}");
}
