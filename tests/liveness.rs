//! The sign of life of a server: it goes on while the server does, and stops with any thread that
//! keeps it going. A test by itself, for it hangs threads by way of the log of the whole process.

mod support;

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use jamd::clock::Zone;
use jamd::observe::SessionLog;
use jamd::server::{Limits, QueueTimeout, Server, Settings};
use jamd::service::TimeService;
use support::client::Client;
use support::server::{NOW, settings};
use support::{BUSY, await_that, millis};

/// Whoever holds it stops every thread that logs.
static LOG: Mutex<()> = Mutex::new(());

/// A log that writes nothing, once it may.
struct Gate;

impl Write for Gate {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        drop(LOG.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Longer than threads that are alive take to show it, nearly always: what is asserted of a thread
/// that hangs is true however short this is.
const LOOK: Duration = Duration::from_millis(100);

fn go_on(server: &Server) {
    await_that("the server shows that it lives", || {
        let pulse = server.liveness();
        thread::sleep(LOOK);
        server.liveness().is_ahead_of(pulse)
    });
}

/// A server whose only worker is taken.
fn occupied(queue_timeout: Option<Duration>) -> (Server, Client) {
    let settings = Settings {
        workers: 1,
        queue: 1,
        limits: Limits {
            queue: QueueTimeout::of(queue_timeout, None),
            ..Limits::default()
        },
        ..settings()
    };
    let service = TimeService::new(NOW, Zone::Utc, 512);
    let server = Server::start(&settings, service, SessionLog::new(1000, 1)).unwrap();
    let mut client = Client::connect(server.addresses()[0]);
    client.ask();
    (server, client)
}

/// Holds the log while one more client arrives, and checks that the server is seen to hang.
fn hang(server: &Server) {
    let held = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    let mut refused = Client::connect(server.addresses()[0]);
    refused.send(b"TIME\r\n");
    // The refusal is written before it is logged, so the thread that wrote it is about to hang.
    refused.expect(BUSY);
    let mut last = server.liveness();
    // What the thread did before it hung may show once.
    await_that("the server is seen to hang", || {
        thread::sleep(LOOK);
        let pulse = server.liveness();
        !pulse.is_ahead_of(std::mem::replace(&mut last, pulse))
    });
    for _ in 0..3 {
        thread::sleep(LOOK);
        assert!(
            !server.liveness().is_ahead_of(last),
            "it hangs, and shows life"
        );
    }
    drop(held);
    go_on(server);
}

#[test]
fn a_server_shows_life_while_it_lives_and_none_while_it_hangs() {
    tracing_subscriber::fmt().with_writer(|| Gate).init();

    // The acceptor refuses whoever finds the queue full.
    let (server, _client) = occupied(None);
    go_on(&server);
    let mut queued = Client::connect(server.addresses()[0]);
    queued.send(b"TIME\r\n");
    await_that("the queue is full", || server.waiting() == 1);
    hang(&server);

    // The reaper refuses whoever has waited for too long.
    let (server, _client) = occupied(Some(millis(100)));
    go_on(&server);
    hang(&server);
}
