//! A server in this process and clients to talk to it.

#![allow(dead_code, unreachable_pub, missing_docs)]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use jamd::clock::{FixedClock, Zone};
use jamd::observe::SessionLog;
use jamd::server::{
    Balance, Limits, Outcome, Progress, Responder, Server, Service, Settings, Then,
};
use jamd::service::TimeService;

/// How long anything may take before the test that waits for it fails.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What the server under test says it is.
pub const JAM: &[u8] = b"JAM 12:34:56\r\n";
pub const UNKNOWN: &[u8] = b"ERROR unknown command\r\n";
pub const TOO_LONG: &[u8] = b"ERROR line too long\r\n";
pub const BUSY: &[u8] = b"ERROR busy\r\n";

/// The second at which it is 12:34:56 UTC.
pub const NOW: FixedClock = FixedClock(12 * 3600 + 34 * 60 + 56);

pub fn settings() -> Settings {
    Settings {
        listen: vec!["127.0.0.1:0".parse().unwrap()],
        backlog: 1024,
        defer_accept: None,
        workers: 4,
        stack_size: 256 << 10,
        queue: 16,
        limits: Limits::default(),
    }
}

pub fn time_service() -> TimeService<FixedClock> {
    TimeService::new(NOW, Zone::Utc, 512)
}

pub fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Yields until something is so; fails the test when it does not become so.
pub fn await_that(what: &str, mut so: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < until, "never came true: {what}");
        thread::yield_now();
    }
}

pub struct TestServer {
    server: Server,
}

impl TestServer {
    pub fn start(settings: &Settings, service: &impl Service) -> Self {
        let server = Server::start(settings, service, SessionLog::new(0)).unwrap();
        Self { server }
    }

    /// A time server with so many workers and places in the queue.
    pub fn of(workers: usize, queue: usize) -> Self {
        Self::with(Settings {
            workers,
            queue,
            ..settings()
        })
    }

    pub fn with(settings: Settings) -> Self {
        Self::start(&settings, &time_service())
    }

    pub fn limited(limits: Limits) -> Self {
        Self::with(Settings {
            limits,
            ..settings()
        })
    }

    pub fn addr(&self) -> SocketAddr {
        self.server.addresses()[0]
    }

    pub fn connect(&self) -> Client {
        Client::connect(self.addr())
    }

    /// A client that holds a worker: it has been answered once.
    pub fn occupy(&self) -> Client {
        let mut client = self.connect();
        client.ask();
        client
    }

    pub fn await_accepted(&self, connections: u64) {
        await_that(&format!("{connections} connections accepted"), || {
            self.server.balance().accepted() >= connections
        });
    }

    pub fn await_outcome(&self, outcome: Outcome, times: u64) {
        await_that(&format!("{times} times {}", outcome.name()), || {
            self.server.balance().count(outcome) >= times
        });
    }

    pub fn balance(&self) -> Balance {
        self.server.balance()
    }

    pub fn drain(&self, limit: Duration) {
        self.server.drain(limit);
    }

    pub fn cut(&self) {
        self.server.cut();
    }

    /// Waits for the end of a drain that has begun.
    pub fn ended(self) -> Balance {
        let end = self.server.events().recv_timeout(PATIENCE * 3);
        assert!(
            matches!(end, Err(crossbeam_channel::RecvTimeoutError::Disconnected)),
            "the server did not end: {end:?}"
        );
        let balance = self.server.balance();
        assert!(balance.is_balanced(), "{balance}");
        let addr = self.addr();
        let connected = TcpStream::connect_timeout(&addr, PATIENCE);
        assert!(connected.is_err(), "{addr} still listens");
        balance
    }

    /// Drains to the end and checks what every drained server must satisfy.
    pub fn finish(self) -> Balance {
        self.drain(PATIENCE);
        self.ended()
    }
}

#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
}

impl Client {
    pub fn connect(addr: SocketAddr) -> Self {
        Self::from(TcpStream::connect_timeout(&addr, PATIENCE).unwrap())
    }

    pub fn from(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream }
    }

    /// Another handle of the same connection, for a thread that writes while this one reads.
    pub fn clone_of(client: &Self) -> Self {
        let stream = client.stream.try_clone().unwrap();
        Self { stream }
    }

    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Sends as much as goes; the server may close meanwhile.
    pub fn send_if_taken(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Reads exactly these bytes.
    pub fn expect(&mut self, bytes: &[u8]) {
        let mut read = vec![0; bytes.len()];
        let result = self.stream.read_exact(&mut read);
        assert!(result.is_ok(), "{result:?} while reading {}", show(bytes));
        assert_eq!(show(&read), show(bytes));
    }

    /// Asks for the time and reads it.
    pub fn ask(&mut self) {
        self.send(b"TIME\r\n");
        self.expect(JAM);
    }

    /// Reads exactly these bytes and then an orderly end: a FIN, not a reset.
    pub fn expect_last(&mut self, bytes: &[u8]) {
        let mut read = Vec::new();
        let result = self.stream.read_to_end(&mut read);
        assert!(result.is_ok(), "{result:?} after {}", show(&read));
        assert_eq!(show(&read), show(bytes));
    }

    /// Reads up to and with a line end, or to the end.
    pub fn read_a_line(&mut self) -> Vec<u8> {
        let mut line = Vec::new();
        let mut byte = [0];
        while !line.ends_with(b"\n") && self.stream.read(&mut byte).unwrap() == 1 {
            line.push(byte[0]);
        }
        line
    }

    /// Reads to the end, in order or not.
    pub fn read_to_any_end(&mut self) {
        let mut buffer = vec![0; 1 << 16];
        while self.stream.read(&mut buffer).is_ok_and(|bytes| bytes > 0) {}
    }

    pub fn end_writing(&mut self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }

    /// Closes with a reset.
    pub fn reset(self) {
        let socket = socket2::SockRef::from(&self.stream);
        socket.set_linger(Some(Duration::ZERO)).unwrap();
    }
}

fn show(bytes: &[u8]) -> String {
    let most = bytes.len().min(4096);
    bytes[..most].escape_ascii().to_string()
}

/// A service for tests: `HOLD` answers when the test lets it, `PANIC` panics, `FLOOD` answers with
/// more than any socket holds, and any other line is answered by itself.
pub struct Puppet {
    held: Sender<Sender<()>>,
}

/// The strings of a [`Puppet`]: one gate for each `HOLD` that a worker has come to.
pub struct Strings {
    held: Receiver<Sender<()>>,
}

pub fn puppet() -> (Arc<Puppet>, Strings) {
    let (sender, held) = unbounded();
    (Arc::new(Puppet { held: sender }), Strings { held })
}

impl Strings {
    /// Waits until a worker has come to a `HOLD`; dropping what is returned lets it go on.
    pub fn await_held(&self) -> Sender<()> {
        self.held.recv_timeout(PATIENCE).expect("no worker came")
    }
}

pub const FLOOD_BYTES: usize = 64 << 20;

pub struct PuppetResponder {
    held: Sender<Sender<()>>,
}

/// Implemented for the reference so that tests share one puppet between server and test.
pub struct Shared(pub Arc<Puppet>);

impl Service for Shared {
    type Responder = PuppetResponder;

    fn responder(&self) -> PuppetResponder {
        PuppetResponder {
            held: self.0.held.clone(),
        }
    }

    fn refusal(&self) -> &'static [u8] {
        BUSY
    }

    fn longest_command(&self) -> usize {
        64
    }
}

impl Responder for PuppetResponder {
    fn respond(&mut self, input: &[u8], replies: &mut Vec<u8>) -> Progress {
        let mut progress = Progress {
            consumed: 0,
            commands: 0,
            then: Then::Read,
        };
        for line in input.split_inclusive(|byte| *byte == b'\n') {
            if !line.ends_with(b"\n") {
                break;
            }
            progress.consumed += line.len();
            progress.commands += 1;
            match line {
                b"PANIC\n" => panic!("as the client wished"),
                b"FLOOD\n" => replies.resize(replies.len() + FLOOD_BYTES, b'x'),
                b"HOLD\n" => {
                    let (gate, opened) = crossbeam_channel::bounded(0);
                    self.held.send(gate).unwrap();
                    let _ = opened.recv_timeout(PATIENCE);
                    replies.extend_from_slice(line);
                }
                other => replies.extend_from_slice(other),
            }
        }
        progress
    }
}
