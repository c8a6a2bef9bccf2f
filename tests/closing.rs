//! What closed sessions still hold for clients that take their replies slowly, and for how long.
//!
//! More sessions than in the suite are asked for, and the figure printed last:
//!
//! ```text
//! TEST_SESSIONS=10000 cargo test --test closing take_nothing -- --nocapture
//! ```

mod support;

use std::env;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use jamd::server::{Limits, Outcome, Settings, raise_open_files};
use socket2::{Domain, Socket, Type};
use support::server::{TestServer, settings};
use support::{JAM, PATIENCE, millis};

/// Commands whose replies are far more than the client's buffer takes, and all of them fit into the
/// server's.
const COMMANDS: usize = 4600;

/// A client with the smallest receive buffer there is that asks often, says QUIT and has read nothing.
fn unread(server: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::for_address(server), Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(2304).unwrap();
    socket.connect(&server.into()).unwrap();
    let mut stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut session = b"TIME\r\n".repeat(COMMANDS);
    session.extend_from_slice(b"QUIT\r\n");
    stream.write_all(&session).unwrap();
    stream
}

/// Reads to the end, so much at a time and after each a pause; whether all replies came and an orderly end.
fn reads_everything(mut stream: TcpStream, piece: usize, pause: Duration) -> bool {
    let (mut buffer, mut read) = (vec![0; piece], 0);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return read == COMMANDS * JAM.len(),
            Ok(bytes) => read += bytes,
            Err(err) => {
                assert_eq!(err.kind(), ErrorKind::ConnectionReset);
                return false;
            }
        }
        // A reader this slow is what is tested.
        park_timeout(pause);
    }
}

#[test]
fn a_client_that_reads_late_and_slowly_gets_every_reply() {
    let server = TestServer::of(1, 4);
    let stream = unread(server.addr());
    server.await_outcome(Outcome::Quit, 1);
    // Longer than a connection lingers for the input of its client.
    park_timeout(millis(1500));
    assert!(reads_everything(stream, 1024, millis(5)));
    server.finish();
}

#[test]
#[cfg(target_os = "linux")]
fn beyond_what_they_may_hold_together_the_slowest_are_reset_and_the_others_get_every_reply() {
    const OTHERS: usize = 20;
    let server = TestServer::with(Settings {
        closing_memory: 512 << 10,
        ..settings()
    });
    let reader = unread(server.addr());
    server.await_outcome(Outcome::Quit, 1);
    let everything = std::thread::spawn(move || reads_everything(reader, 1024, millis(2)));
    park_timeout(millis(100));
    let others: Vec<_> = (0..OTHERS).map(|_| unread(server.addr())).collect();
    server.await_outcome(Outcome::Quit, 1 + OTHERS as u64);
    assert!(everything.join().unwrap(), "it was not the slowest");
    let reset = others
        .into_iter()
        .map(|stream| reads_everything(stream, 64 << 10, Duration::ZERO))
        .filter(|everything| !everything)
        .count();
    // Each holds about 100 KiB.
    assert!((OTHERS - 6..=OTHERS).contains(&reset), "{reset} were reset");
    server.finish();
}

#[test]
#[cfg(target_os = "linux")]
fn a_client_that_takes_nothing_is_reset_after_the_write_timeout() {
    let server = TestServer::limited(Limits {
        write: Some(millis(200)),
        ..Limits::default()
    });
    let stream = unread(server.addr());
    server.await_outcome(Outcome::Quit, 1);
    let began = Instant::now();
    let mut has_ended = false;
    while !has_ended && began.elapsed() < PATIENCE {
        park_timeout(millis(20));
        has_ended = matches!(stream.take_error(), Ok(Some(_)));
    }
    assert!(has_ended, "it was not reset");
    assert!(!reads_everything(stream, 64 << 10, Duration::ZERO));
    server.finish();
}

/// Sessions whose clients take nothing, where `TEST_SESSIONS` does not say otherwise.
const SESSIONS: usize = 300;

#[test]
#[cfg(target_os = "linux")]
fn clients_that_take_nothing_leave_hardly_anything_to_the_kernel() {
    raise_open_files().unwrap();
    let sessions = env::var("TEST_SESSIONS").map_or(SESSIONS, |text| text.parse().unwrap());
    let server = TestServer::with(Settings {
        queue: sessions,
        ..settings()
    });
    let orphans = || -> usize {
        let statistics = std::fs::read_to_string("/proc/net/sockstat").unwrap();
        let mut words = statistics
            .split_whitespace()
            .skip_while(|word| *word != "orphan");
        words.nth(1).unwrap().parse().unwrap()
    };
    let before = orphans();
    let clients: Vec<_> = (0..sessions).map(|_| unread(server.addr())).collect();
    server.await_outcome(Outcome::Quit, sessions as u64);
    let left = orphans().saturating_sub(before);
    println!("{sessions} sessions left {left} orphaned sockets");
    assert!(left <= 64, "{left} of {sessions}");
    drop(clients);
    server.finish();
}
