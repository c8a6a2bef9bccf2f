//! A server in this process.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use jamd::clock::{FixedClock, Zone};
use jamd::observe::{SessionLog, State};
use jamd::server::{
    Balance, ClientLimits, Limits, Outcome, ResizeError, Server, Service, SessionView, Settings,
    Spared,
};
use jamd::service::TimeService;

use super::client::Client;
use super::{PATIENCE, await_that, own_address};

/// The second at which it is 12:34:56 UTC.
pub const NOW: FixedClock = FixedClock(12 * 3600 + 34 * 60 + 56);

pub fn settings() -> Settings {
    Settings {
        listen: vec![own_address()],
        backlog: 1024,
        defer_accept: None,
        reuse_port: false,
        workers: 4,
        stack_size: 256 << 10,
        queue: 16,
        deferred: 64,
        closing_memory: 8 << 20,
        limits: Limits::default(),
        allow: Vec::new(),
        deny: Vec::new(),
        clients: ClientLimits::default(),
        other_descriptors: 0,
    }
}

pub fn time_service() -> TimeService<FixedClock> {
    TimeService::new(NOW, Zone::Utc, 512)
}

pub struct TestServer {
    server: Server,
}

impl TestServer {
    pub fn start(settings: &Settings, service: impl Service) -> Self {
        let server = Server::start(settings, service, SessionLog::silent()).unwrap();
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
        Self::start(&settings, time_service())
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

    pub fn addresses(&self) -> &[SocketAddr] {
        self.server.addresses()
    }

    pub fn connect(&self) -> Client {
        Client::connect(self.addr())
    }

    /// A client that has asked, and waits for its answer.
    pub fn asking(&self) -> Client {
        let mut client = self.connect();
        client.send(b"TIME\r\n");
        client
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

    pub fn sessions(&self) -> Vec<SessionView> {
        self.server.sessions()
    }

    /// Workers that have not retired.
    pub fn workers(&self) -> usize {
        let states = self.server.states();
        State::ALL.map(|state| *states.of(state)).iter().sum()
    }

    pub fn resize(&self, workers: usize) {
        self.server.resize(workers).unwrap();
        assert_eq!(self.server.workers(), workers);
    }

    pub fn try_resize(&self, workers: usize) -> Result<(), ResizeError> {
        self.server.resize(workers)
    }

    pub fn waiting(&self) -> usize {
        self.server.waiting()
    }

    pub fn balance(&self) -> Balance {
        self.server.balance()
    }

    pub fn spared(&self) -> Option<Spared> {
        self.server.spared()
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
