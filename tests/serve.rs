//! `jamd serve` as a program: how signals end it, what its ledger says, which code it ends with.

mod support;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use nix::sys::signal::Signal;
use support::client::Client;
use support::lines::Reader;
use support::program::{Program, ask, expect_the_time, jamd_serve};
use support::{BUSY, TOO_LONG, own_address};

#[test]
fn each_signal_that_asks_for_the_end_drains_and_ends_with_0() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let program = Program::serve(&[]);
        let mut client = program.occupy();
        program.signal(signal);
        client.expect_last(b"");
        let ended = program.end();
        let served =
            "1 accepted = 0 served + 0 refused + 1 closed (1 drained) + 0 failed + 0 probes";
        assert_eq!(ended.ledger(0), served, "{signal}");
    }
}

#[test]
fn a_second_signal_cuts_a_session_in_the_middle_of_a_command() {
    for signals in [
        [Signal::SIGINT, Signal::SIGINT],
        [Signal::SIGTERM, Signal::SIGINT],
    ] {
        let mut program = Program::serve(&["--log", "info", "--drain-timeout", "1h"]);
        let mut client = program.occupy_in_mid_command();
        program.signal(signals[0]);
        program.await_log("draining");
        program.insist(signals[1]);
        client.expect_last(b"");
        let ended = program.end();
        let failed = "1 accepted = 0 served + 0 refused + 0 closed + 1 failed (1 cut) + 0 probes";
        assert_eq!(ended.ledger(1), failed);
        let said = "jamd: 1 of them did not come to their end in time and were cut";
        assert!(ended.stderr.contains(said), "{ended:?}");
    }
}

#[test]
fn signals_that_come_together_are_one_request_to_drain() {
    for second in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT] {
        let mut program = Program::serve(&["--log", "info", "--drain-timeout", "1h"]);
        let mut client = program.occupy_in_mid_command();
        // As `timeout` does, and a service manager that hangs up as well.
        program.signal(Signal::SIGTERM);
        program.signal(second);
        program.signal(Signal::SIGCONT);
        program.await_log("draining");
        client.send(b"ME\r\n");
        expect_the_time(&mut client);
        client.expect_last(b"");
        program.end().ledger(0);
    }
}

#[test]
fn at_the_drain_timeout_whoever_is_left_is_cut_and_the_code_is_1() {
    let program = Program::serve(&["--workers", "1", "--drain-timeout", "200ms"]);
    let mut held = program.occupy_in_mid_command();
    let mut queued = program.connect();
    queued.send(b"TIME\r\n");
    program.signal(Signal::SIGTERM);
    held.expect_last(b"");
    queued.expect_last(BUSY);
    let ended = program.end();
    assert_eq!(
        ended.ledger(1),
        "2 accepted = 0 served + 1 refused (1 drain timeout) + 0 closed + 1 failed (1 cut) + 0 probes"
    );
    let said = "jamd: 2 of them did not come to their end in time and were cut";
    assert!(ended.stderr.contains(said), "{ended:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_drain_answers_clients_in_every_state_even_those_not_yet_accepted() {
    let program = Program::serve(&["--workers", "2", "--queue", "64"]);
    let mut idle = program.occupy();
    let mut mid_command = program.occupy_in_mid_command();
    let mut waiting: Vec<_> = (0..8).map(|_| program.connect()).collect();
    program.hold();
    waiting.extend((0..8).map(|_| program.connect()));
    for client in &mut waiting {
        client.send(b"TIME\r\n");
    }
    program.signal(Signal::SIGTERM);
    program.signal(Signal::SIGCONT);

    idle.expect_last(b"");
    for client in &mut waiting {
        expect_the_time(client);
        client.expect_last(b"");
    }
    mid_command.send(b"ME\r\n");
    expect_the_time(&mut mid_command);
    mid_command.expect_last(b"");
    assert_eq!(
        program.end().ledger(0),
        "18 accepted = 0 served + 0 refused + 18 closed (18 drained) + 0 failed + 0 probes"
    );
}

#[test]
fn the_ledger_counts_what_the_clients_saw() {
    let program = Program::serve(&["--workers", "1", "--queue", "2", "--max-line", "16"]);
    for _ in 0..3 {
        let mut client = program.occupy();
        client.send(b"QUIT\r\n");
        client.expect_last(b"");
    }
    let mut closed = program.occupy();
    closed.end_writing();
    closed.expect_last(b"");
    let mut rejected = program.connect();
    rejected.send(b"a line of 17 bytes");
    rejected.expect_last(TOO_LONG);
    let mut truncated = program.occupy_in_mid_command();
    truncated.end_writing();
    truncated.expect_last(b"");
    program.occupy().reset();

    let mut held = program.occupy();
    let mut queued = [program.connect(), program.connect()];
    for client in &mut queued {
        client.send(b"TIME\r\n");
    }
    for _ in 0..4 {
        let mut client = program.connect();
        client.send(b"TIME\r\n");
        client.expect_last(BUSY);
    }
    drop(program.connect());
    program.signal(Signal::SIGTERM);
    held.expect_last(b"");
    for client in &mut queued {
        expect_the_time(client);
        client.expect_last(b"");
    }
    assert_eq!(
        program.end().ledger(0),
        "15 accepted = 4 served (3 quit, 1 client closed) \
         + 4 refused (4 queue full) + 3 closed (3 drained) + 3 failed (1 rejected, 1 truncated, 1 reset) + 1 probes"
    );
}

#[test]
fn clients_lost_in_the_middle_of_everything_do_not_change_the_exit_code() {
    let program = Program::serve(&["--workers", "2"]);
    let held = [program.occupy_in_mid_command(), program.occupy()];
    for _ in 0..2 {
        program.connect().reset();
        drop(program.connect());
    }
    let mut asked_and_left = program.connect();
    asked_and_left.send(b"TIME\r\n");
    drop(asked_and_left);
    held.into_iter().for_each(Client::reset);
    let mut after = program.occupy();
    after.send(b"QUIT\r\n");
    after.expect_last(b"");
    program.finish().ledger(0);
}

#[test]
fn the_first_line_says_where_it_listens_with_what() {
    let program = Program::serve(&["--workers", "3", "--queue", "7"]);
    let addr = program.addr();
    assert_ne!(addr.port(), 0);
    assert_eq!(
        program.first_line(),
        format!("listening on {addr} with 3 workers and a queue of 7")
    );
    program.occupy();
    program.finish().ledger(0);
}

#[test]
fn it_listens_on_every_address_and_reports_the_port_of_each() {
    let others = [own_address().to_string(), own_address().to_string()];
    let program = Program::serve(&["--listen", &others[0], "--listen", &others[1]]);
    let addresses = program.addresses();
    assert_eq!(addresses.len(), 3);
    for addr in addresses {
        ask(&mut Client::connect(addr));
    }
    program.finish().ledger(0);
}

#[test]
fn the_ipv6_wildcard_serves_ipv4_clients_too() {
    if let Err(err) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
        println!("skipped: this machine has no IPv6: {err}");
        return;
    }
    let program = Program::start(jamd_serve(&["--listen", "[::]:0"]));
    let addr = program.addr();
    assert_eq!(addr.ip(), Ipv6Addr::UNSPECIFIED);
    for ip in [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()] {
        ask(&mut Client::connect(SocketAddr::new(ip, addr.port())));
    }
    program.finish().ledger(0);
}

#[test]
fn a_reader_of_stdout_that_goes_away_does_not_end_the_server() {
    let command = Program::command(&[]);
    let program = Program::read_by(command, Reader::LeavesAfterALine, Reader::Stays);
    program.occupy();
    let ended = program.finish();
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(0), ""),
        "{ended:?}"
    );
}

#[test]
fn a_reader_of_stderr_that_goes_away_costs_no_session() {
    let command = Program::command(&["--workers", "1", "--log-sessions", "1000"]);
    let program = Program::read_by(command, Reader::Stays, Reader::LeavesAfterALine);
    for _ in 0..20 {
        program.occupy();
    }
    let ended = program.finish();
    assert!(
        ended.ledger(0).starts_with("20 accepted = 20 served "),
        "{ended:?}"
    );
}

#[test]
fn between_the_first_signal_and_the_end_of_the_drain_delay_clients_are_served_as_before() {
    let mut server = Program::serve(&["--drain-delay", "10m"]);
    server.signal(Signal::SIGTERM);
    server.await_log("about to drain");
    let mut late = server.occupy();
    ask(&mut late);
    late.send(b"QUIT\r\n");
    late.expect_last(b"");
    server.insist(Signal::SIGTERM);
    server.end().ledger(0);
}

#[test]
fn after_the_drain_delay_the_server_ends_by_itself() {
    let mut server = Program::serve(&["--drain-delay", "300ms"]);
    let mut silent = server.occupy();
    server.signal(Signal::SIGTERM);
    server.await_log("about to drain");
    ask(&mut silent);
    silent.expect_last(b"");
    let ended = server.end();
    assert!(ended.ledger(0).contains("1 drained"), "{ended:?}");
}
