//! Drains, with sessions in every state: nobody who was admitted goes unanswered.

mod support;

use std::time::Duration;

use jamd::server::{Class, Outcome, Settings};
use support::client::Client;
use support::puppet::{Shared, puppet};
use support::server::{TestServer, settings};
use support::{BUSY, JAM, PATIENCE, await_that};

#[test]
fn a_drained_server_has_answered_everyone_it_admitted_in_every_state() {
    for _ in 0..20 {
        let server = TestServer::of(4, 16);
        let mut idle = server.occupy();
        let mut mid_command = server.occupy();
        mid_command.send(b"TI");
        let full = [server.occupy(), server.occupy()];
        let mut queued: Vec<_> = (0..8).map(|_| server.connect()).collect();
        server.await_accepted(12);
        for client in &mut queued {
            client.send(b"TIME\r\nTIME\r\n");
        }

        server.drain(PATIENCE);
        // Whoever has read the end leaves, or the server would linger for it.
        idle.expect_last(b"");
        drop(idle);
        for mut client in full {
            client.expect_last(b"");
        }
        for mut client in queued {
            client.expect_last(&JAM.repeat(2));
        }
        mid_command.send(b"ME\r\n");
        mid_command.expect_last(JAM);
        drop(mid_command);
        let balance = server.ended();
        assert_eq!(
            balance.total(Class::Served) + balance.total(Class::Closed),
            12,
            "{balance}"
        );
    }
}

#[test]
fn clients_the_kernel_had_connected_before_the_drain_are_admitted() {
    for _ in 0..20 {
        let server = TestServer::of(2, 64);
        let mut clients: Vec<_> = (0..50).map(|_| server.connect()).collect();
        for client in &mut clients {
            client.send(b"TIME\r\n");
        }
        server.drain(PATIENCE);
        for mut client in clients {
            client.expect_last(JAM);
        }
        let balance = server.ended();
        assert_eq!(balance.accepted(), 50, "{balance}");
        assert_eq!(balance.count(Outcome::Drained), 50, "{balance}");
    }
}

#[test]
fn clients_that_keep_connecting_are_answered_or_not_connected_at_all() {
    // Each round lasts as long as the kernel waits before it tries to connect again.
    for _ in 0..2 {
        let server = TestServer::of(2, 64);
        let addr = server.addr();
        std::thread::scope(|scope| {
            let clients: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| ask_until_refused(addr)))
                .collect();
            server.await_accepted(20);
            server.drain(PATIENCE);
            for client in clients {
                client.join().unwrap();
            }
        });
        server.ended();
    }
}

/// Connects and asks until no connection is made any more; whoever was connected must be answered.
fn ask_until_refused(addr: std::net::SocketAddr) {
    loop {
        let Ok(stream) = std::net::TcpStream::connect_timeout(&addr, PATIENCE) else {
            return;
        };
        let mut client = Client::from(stream);
        client.send(b"TIME\r\n");
        client.expect(JAM);
        // The server may have closed the session by now; that this QUIT crosses its end is no fault.
        client.send_if_taken(b"QUIT\r\n");
        client.read_to_any_end();
    }
}

#[test]
fn a_queued_client_whose_command_is_still_on_its_way_is_answered() {
    let server = TestServer::of(1, 4);
    let mut first = server.occupy();
    let mut queued = server.connect();
    server.await_accepted(2);
    server.drain(PATIENCE);
    first.expect_last(b"");
    queued.send(b"TIME\r\n");
    queued.expect_last(JAM);
    server.ended();
}

#[test]
fn a_command_being_answered_when_the_drain_begins_is_answered() {
    let (service, strings) = puppet();
    let server = TestServer::start(&settings(), Shared(service));
    let mut client = server.connect();
    client.send(b"HOLD\n");
    let held = strings.await_held();
    server.drain(PATIENCE);
    client.send(b"and this\n");
    drop(held);
    client.expect_last(b"HOLD\nand this\n");
    assert_eq!(server.ended().count(Outcome::Drained), 1);
}

#[test]
fn at_the_deadline_whoever_is_left_is_cut_and_counted() {
    let server = TestServer::of(1, 4);
    let mut mid_command = server.occupy();
    mid_command.send(b"TI");
    let mut queued = server.asking();
    await_that("it waits", || server.waiting() == 1);
    server.drain(Duration::from_millis(100));
    mid_command.expect_last(b"");
    queued.expect_last(BUSY);
    let balance = server.ended();
    assert_eq!(balance.count(Outcome::Cut), 1, "{balance}");
    assert_eq!(balance.count(Outcome::DrainTimeout), 1, "{balance}");
}

#[test]
fn a_cut_ends_at_once_what_a_drain_would_wait_for() {
    let server = TestServer::of(1, 4);
    let mut mid_command = server.occupy();
    mid_command.send(b"TI");
    server.drain(Duration::from_hours(1));
    server.cut();
    mid_command.expect_last(b"");
    assert_eq!(server.ended().count(Outcome::Cut), 1);
}

#[test]
fn a_client_that_reads_nothing_is_cut_with_the_rest() {
    let (service, _strings) = puppet();
    let settings = Settings {
        workers: 1,
        ..settings()
    };
    let server = TestServer::start(&settings, Shared(service));
    let mut deaf = server.connect();
    deaf.send(b"FLOOD\n");
    server.await_accepted(1);
    server.drain(Duration::from_millis(100));
    let balance = server.ended();
    assert_eq!(balance.count(Outcome::Cut), 1, "{balance}");
}

#[test]
fn an_idle_server_drains_at_once_and_twice_is_no_more_than_once() {
    let server = TestServer::of(8, 8);
    server.drain(Duration::from_hours(1));
    server.drain(Duration::from_hours(1));
    assert_eq!(server.ended().accepted(), 0);
}

#[test]
fn a_client_that_floods_commands_cannot_hold_up_a_drain_past_its_deadline() {
    let server = TestServer::of(1, 1);
    let client = server.occupy();
    let mut writer = Client::clone_of(&client);
    let mut reader = client;
    let flood =
        std::thread::spawn(move || while writer.send_if_taken(&b"TIME\r\n".repeat(1000)) {});
    let reading = std::thread::spawn(move || reader.read_to_any_end());
    server.drain(Duration::from_millis(200));
    server.ended();
    flood.join().unwrap();
    reading.join().unwrap();
}

#[test]
fn a_client_that_asks_without_a_pause_is_answered_once_more_and_does_not_hold_up_the_drain() {
    const COMMANDS: usize = 8;
    let server = TestServer::of(1, 16);
    let mut busy = server.occupy();
    let mut queued = server.connect();
    queued.send(b"TIME\r\n");
    server.await_accepted(2);
    server.drain(PATIENCE);
    // Never silent for as long as the reaper's round, and yet the next one is served.
    let mut answered = 0;
    loop {
        busy.send(&b"TIME\r\n".repeat(COMMANDS));
        let mut replies = Vec::new();
        for _ in 0..COMMANDS {
            replies.extend(busy.read_a_line());
        }
        if replies.is_empty() {
            break;
        }
        assert_eq!(replies, JAM.repeat(COMMANDS), "all of them or none");
        answered += 1;
    }
    queued.expect_last(JAM);
    let balance = server.ended();
    assert_eq!(balance.count(Outcome::Drained), 2, "{balance} {answered}");
}
