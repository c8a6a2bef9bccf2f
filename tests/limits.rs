//! What the server lets a client have: whether it may connect at all, how many sessions at a time, and
//! how often a new one.
//!
//! Clients that differ come from different addresses of 127.0.0.0/8, all of which lead here on Linux.

#![cfg(target_os = "linux")]

mod support;

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use jamd::server::{
    Balance, Class, ClientLimits, Enforcement, Limits, Outcome, QueueTimeout, Rate, Settings,
    Spared,
};
use support::client::{Client, connect_from};
use support::program::Program;
use support::puppet::{Shared, puppet};
use support::server::{TestServer, settings};
use support::{BUSY, JAM, TOO_LONG, await_that, millis};

/// So long that no test sees the end of it.
const LONG: Duration = Duration::from_hours(1);

const SHORT: Duration = Duration::from_millis(200);

#[test]
fn a_denied_client_reads_an_end_without_a_byte_and_others_are_served() {
    let server = TestServer::with(Settings {
        deny: vec!["127.1.0.0/16".parse().unwrap()],
        ..settings()
    });
    let mut served = client_of(&server, "127.2.0.1");
    served.ask();
    assert_denied(&server, "127.1.0.1", b"");
    assert_denied(&server, "127.1.0.2", b"TIME\r\n");
    served.ask();
    drop(served);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::Denied), 2, "{balance}");
    assert_eq!(balance.total(Class::Refused), 2, "{balance}");
    assert_eq!(balance.total(Class::Served), 1, "{balance}");
}

#[test]
fn who_is_not_allowed_is_denied_and_the_longer_prefix_decides() {
    let server = TestServer::with(Settings {
        allow: ["127.1.0.0/16", "127.1.2.3/32"]
            .map(|block| block.parse().unwrap())
            .into(),
        deny: vec!["127.1.2.0/24".parse().unwrap()],
        ..settings()
    });
    client_of(&server, "127.1.0.1").ask();
    client_of(&server, "127.1.2.3").ask();
    assert_denied(&server, "127.1.2.4", b"");
    assert_denied(&server, "127.2.0.1", b"");
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::Denied), 2, "{balance}");
    assert_eq!(balance.accepted(), 4, "{balance}");
}

#[test]
fn a_client_at_its_limit_is_refused_and_others_are_served() {
    let server = TestServer::with(one_session_each());
    let mut held = client_of(&server, "127.1.0.1");
    held.ask();
    for _ in 0..20 {
        client_of(&server, "127.1.0.1").expect_last(BUSY);
    }
    client_of(&server, "127.1.0.2").ask();
    held.ask();
    drop(held);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::ClientSessions), 20, "{balance}");
    assert_eq!(balance.total(Class::Served), 2, "{balance}");
}

#[test]
fn a_session_that_waits_for_a_worker_counts() {
    let server = TestServer::with(Settings {
        workers: 1,
        ..one_session_each()
    });
    let other = client_of(&server, "127.1.0.2");
    server.await_accepted(1);
    let mut queued = client_of(&server, "127.1.0.1");
    server.await_accepted(2);
    client_of(&server, "127.1.0.1").expect_last(BUSY);
    queued.send(b"TIME\r\n");
    drop(other);
    queued.expect(JAM);
    drop(queued);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::ClientSessions), 1, "{balance}");
}

#[test]
fn whoever_has_seen_its_session_end_finds_its_place_free() {
    const ROUNDS: u64 = 200;
    let server = TestServer::with(one_session_each());
    for round in 0..ROUNDS {
        let mut client = client_of(&server, "127.1.0.1");
        client.ask();
        match round % 3 {
            0 => {
                client.send(b"QUIT\r\n");
                client.expect_last(b"");
            }
            1 => {
                client.end_writing();
                client.expect_last(b"");
            }
            _ => {
                client.send(&[b'x'; 1024]);
                client.expect_last(TOO_LONG);
            }
        }
    }
    let balance = server.finish();
    assert_eq!(balance.accepted(), ROUNDS, "{balance}");
    assert_eq!(balance.total(Class::Refused), 0, "{balance}");
}

#[test]
fn every_end_that_the_client_did_not_ask_for_gives_its_place_back() {
    let unlimited = Limits::default();
    let idle = Some(SHORT);
    let ends: [(Limits, &[u8], Outcome); 5] = [
        (Limits { idle, ..unlimited }, b"", Outcome::Idle),
        (
            Limits {
                command: Some(SHORT),
                ..unlimited
            },
            b"half a command",
            Outcome::CommandTimeout,
        ),
        (
            Limits {
                write: Some(SHORT),
                ..unlimited
            },
            b"FLOOD\n",
            Outcome::WriteTimeout,
        ),
        (unlimited, b"PANIC\n", Outcome::Panicked),
        (unlimited, b"hello\n", Outcome::Reset),
    ];
    for (limits, said, outcome) in ends {
        let (service, _strings) = puppet();
        let limited = Settings {
            limits,
            ..one_session_each()
        };
        let server = TestServer::start(&limited, Shared(service));
        let mut client = client_of(&server, "127.1.0.1");
        client.send(said);
        if outcome == Outcome::Reset {
            client.expect(said);
            client.reset();
        }
        server.await_outcome(outcome, 1);
        let again = client_of(&server, "127.1.0.1");
        server.await_accepted(2);
        drop(again);
        let balance = server.finish();
        assert_eq!(balance.total(Class::Refused), 0, "{balance}");
    }
}

#[test]
fn a_client_that_waited_too_long_has_its_place_back() {
    let server = TestServer::with(Settings {
        workers: 1,
        limits: Limits {
            queue: QueueTimeout::of(Some(SHORT), None),
            ..Limits::default()
        },
        ..one_session_each()
    });
    let mut other = client_of(&server, "127.1.0.2");
    other.ask();
    for _ in 0..2 {
        let mut client = client_of(&server, "127.1.0.1");
        client.send(b"TIME\r\n");
        client.expect_last(BUSY);
    }
    drop(other);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::QueueTimeout), 2, "{balance}");
}

#[test]
fn a_client_that_found_the_queue_full_has_its_place_back() {
    let server = TestServer::with(Settings {
        workers: 1,
        queue: 1,
        ..one_session_each()
    });
    let mut other = client_of(&server, "127.1.0.2");
    other.ask();
    let mut waiting = client_of(&server, "127.1.0.3");
    waiting.send(b"TIME\r\n");
    await_that("it waits", || server.waiting() == 1);
    for _ in 0..2 {
        let mut client = client_of(&server, "127.1.0.1");
        client.send(b"TIME\r\n");
        client.expect_last(BUSY);
    }
    drop((other, waiting));
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::QueueFull), 2, "{balance}");
}

#[test]
fn a_client_that_begins_sessions_too_often_is_refused_beyond_its_burst() {
    let server = TestServer::with(limited(ClientLimits {
        rate: Some(Rate {
            interval: LONG,
            burst: 3,
        }),
        ..ClientLimits::default()
    }));
    for source in ["127.1.0.1", "127.1.0.2"] {
        for _ in 0..3 {
            client_of(&server, source).ask();
        }
        for _ in 0..5 {
            client_of(&server, source).expect_last(BUSY);
        }
    }
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::ClientRate), 10, "{balance}");
    assert_eq!(balance.total(Class::Served), 6, "{balance}");
}

#[test]
fn a_client_that_was_refused_is_served_when_its_next_session_is_due() {
    let server = TestServer::with(limited(ClientLimits {
        rate: Some(Rate {
            interval: millis(50),
            burst: 1,
        }),
        ..ClientLimits::default()
    }));
    await_that("ten sessions of one client", || {
        let mut client = client_of(&server, "127.1.0.1");
        client.send_if_taken(b"TIME\r\nQUIT\r\n");
        client.read_to_any_end();
        server.balance().count(Outcome::Quit) == 10
    });
    let balance = server.finish();
    assert!(balance.count(Outcome::ClientRate) > 0, "{balance}");
}

#[test]
fn the_limit_of_an_ipv6_client_is_not_that_of_an_ipv4_one() {
    if let Err(err) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
        println!("skipped: this machine has no IPv6: {err}");
        return;
    }
    let everywhere = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0));
    let server = TestServer::with(Settings {
        listen: vec![everywhere],
        ..one_session_each()
    });
    let port = server.addr().port();
    let connect = |source: &str| {
        let to = SocketAddr::new(source.parse().unwrap(), port);
        Client::from(connect_from(source, to).unwrap())
    };
    let mut held = ["::1", "127.0.0.1"].map(|source| {
        let mut client = connect(source);
        client.ask();
        connect(source).expect_last(BUSY);
        client
    });
    held.iter_mut().for_each(Client::ask);
    drop(held);
    server.drain(LONG);
    await_that("the server ends", || server.balance().is_balanced());
    let balance = server.balance();
    assert_eq!(balance.count(Outcome::ClientSessions), 2, "{balance}");
}

#[test]
fn a_dry_run_refuses_nobody_and_counts_whom_the_limits_would_refuse() {
    let limits = ClientLimits {
        sessions: Some(1),
        rate: Some(Rate {
            interval: LONG,
            burst: 2,
        }),
        ..ClientLimits::default()
    };
    let visits = |enforcement| {
        let server = TestServer::with(limited(ClientLimits {
            enforcement,
            ..limits
        }));
        let held = client_of(&server, "127.1.0.1");
        server.await_accepted(1);
        // Twice over the sessions, then within both limits, then over the rate.
        visit(&server);
        visit(&server);
        quit(held);
        visit(&server);
        visit(&server);
        let spared = server.spared();
        (server.finish(), spared)
    };
    let (balance, spared) = visits(Enforcement::Refuse);
    assert_eq!(refused(&balance), (2, 1), "{balance}");
    assert_eq!(spared, None);
    let (balance, spared) = visits(Enforcement::DryRun);
    assert_eq!(refused(&balance), (0, 0), "{balance}");
    assert_eq!(balance.total(Class::Served), 5, "{balance}");
    let Some(spared) = spared else {
        panic!("a dry run counts");
    };
    let Spared {
        over_sessions,
        over_rate,
    } = spared;
    assert_eq!((over_sessions, over_rate), (2, 1));
    assert_eq!(
        spared.to_string(),
        "would have refused 3 (2 client sessions, 1 client rate)"
    );
}

#[test]
fn the_program_says_at_its_end_whom_a_dry_run_has_spared() {
    let limits = ["--max-sessions-per-client", "1", "--limits-dry-run", "true"];
    let mut program = Program::serve(&[&limits, &["--log-sessions", "100"][..]].concat());
    let clients = [program.occupy(), program.occupy(), program.occupy()];
    program.await_log("client would be refused");
    clients.into_iter().for_each(quit);
    let ended = program.finish();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(
        ended.stdout,
        "ledger: 3 accepted = 3 served (3 quit) + 0 refused + 0 closed + 0 failed + 0 probes\n\
         dry run: would have refused 2 (2 client sessions, 0 client rate)\n"
    );
}

#[test]
fn the_program_holds_its_clients_to_what_it_was_told() {
    let rate = ["--session-rate-per-client", "1/h"];
    let burst = ["--session-burst-per-client", "2"];
    let program = Program::serve(&[rate, burst].concat());
    let clients = [program.occupy(), program.occupy()];
    program.connect().expect_last(BUSY);
    clients.into_iter().for_each(quit);
    assert_eq!(
        program.finish().ledger(0),
        "3 accepted = 2 served (2 quit) + 1 refused (1 client rate) + 0 closed + 0 failed + 0 probes"
    );
}

fn limited(clients: ClientLimits) -> Settings {
    Settings {
        clients,
        ..settings()
    }
}

fn one_session_each() -> Settings {
    limited(ClientLimits {
        sessions: Some(1),
        ..ClientLimits::default()
    })
}

/// One session from begin to end, refused or not.
fn visit(server: &TestServer) {
    let mut client = client_of(server, "127.1.0.1");
    client.send_if_taken(b"TIME\r\nQUIT\r\n");
    client.read_to_any_end();
}

/// Ends a session from the client's side.
fn quit(mut client: Client) {
    client.send(b"QUIT\r\n");
    client.expect_last(b"");
}

/// How many were refused for either limit.
fn refused(balance: &Balance) -> (u64, u64) {
    let count = |outcome| balance.count(outcome);
    (count(Outcome::ClientSessions), count(Outcome::ClientRate))
}

fn client_of(server: &TestServer, source: &str) -> Client {
    Client::from(connect_from(source, server.addr()).unwrap())
}

/// Checks that a client of this address that says this meets a reset, at whichever step that reaches
/// it, and reads nothing before.
#[track_caller]
fn assert_denied(server: &TestServer, source: &str, said: &[u8]) {
    let mut read = Vec::new();
    let met = connect_from(source, server.addr()).and_then(|mut stream: TcpStream| {
        stream.write_all(said)?;
        stream.read_to_end(&mut read)
    });
    assert_eq!(read, b"", "{}", read.escape_ascii());
    let met: Result<_, ErrorKind> = met.map_err(|err: io::Error| err.kind());
    assert!(
        matches!(met, Err(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)),
        "{met:?}"
    );
}
