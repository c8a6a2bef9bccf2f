//! What the server lets a client have: whether it may connect at all.
//!
//! Clients that differ come from different addresses of 127.0.0.0/8, all of which lead here on Linux.

#![cfg(target_os = "linux")]

mod support;

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;

use jamd::server::{Class, Outcome, Settings};
use support::client::{Client, connect_from};
use support::server::{TestServer, settings};

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
