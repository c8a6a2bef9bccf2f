//! The one load generator: a closed loop of clients on one thread, at one cost for all servers.

use std::io;
use std::ops::AddAssign;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Registry, Token};

use crate::asking::AskingClient;
use crate::interrupt;
use crate::running::{PATIENCE, Running};
use crate::session::SessionClient;

/// The most that one wake-up reports.
const EVENTS: usize = 1024;

/// What the clients do, round after round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Ask for the time on an open session, a burst of commands at a time.
    Ask { clients: usize, burst: usize },
    /// Connect, ask once, quit, and see the server close.
    Sessions { clients: usize },
}

/// What some time of work cost.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Interval {
    ops: u32,
    elapsed: Duration,
    cpu: Duration,
}

impl Interval {
    /// Commands, or whole sessions, per second.
    pub(crate) fn rate(&self) -> f64 {
        f64::from(self.ops) / self.elapsed.as_secs_f64()
    }

    /// Microseconds of the server's CPU time per command, or per whole session.
    pub(crate) fn cpu_us_per_op(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / f64::from(self.ops)
    }
}

impl AddAssign for Interval {
    fn add_assign(&mut self, other: Self) {
        self.ops += other.ops;
        self.elapsed += other.elapsed;
        self.cpu += other.cpu;
    }
}

/// The clients of one server, which rest between intervals.
#[derive(Debug)]
pub(crate) struct Load<'server> {
    server: &'server Running,
    poll: Poll,
    events: Events,
    clients: Clients,
}

#[derive(Debug)]
enum Clients {
    Asking(Vec<AskingClient>),
    Sessions(Vec<SessionClient>),
}

impl<'server> Load<'server> {
    /// Gathers the clients, and connects those that stay connected.
    pub(crate) fn gather(work: Work, server: &'server Running) -> io::Result<Self> {
        let poll = Poll::new()?;
        let addr = server.addr();
        let clients = match work {
            Work::Ask { clients, burst } => Clients::Asking(
                (0..clients)
                    .map(|index| AskingClient::connect(addr, burst, poll.registry(), Token(index)))
                    .collect::<io::Result<_>>()?,
            ),
            Work::Sessions { clients } => Clients::Sessions(
                (0..clients)
                    .map(|index| SessionClient::new(addr, Token(index)))
                    .collect(),
            ),
        };
        Ok(Self {
            server,
            poll,
            events: Events::with_capacity(EVENTS),
            clients,
        })
    }

    /// Loads the server for about the given time.
    pub(crate) fn run(&mut self, span: Duration) -> io::Result<Interval> {
        let cpu_before = self.server.cpu()?;
        let started = Instant::now();
        let (poll, events) = (&mut self.poll, &mut self.events);
        let ops = match &mut self.clients {
            Clients::Asking(clients) => drive(poll, events, clients, span)?,
            Clients::Sessions(clients) => drive(poll, events, clients, span)?,
        };
        Ok(Interval {
            ops,
            elapsed: started.elapsed(),
            cpu: self.server.cpu()?.saturating_sub(cpu_before),
        })
    }

    /// Ends the sessions that are still open.
    pub(crate) fn dismiss(self) -> io::Result<()> {
        match self.clients {
            Clients::Asking(clients) => AskingClient::hang_up(clients),
            Clients::Sessions(_) => Ok(()),
        }
    }
}

/// One client of the closed loop, found by its token, which is its place in the list.
pub(crate) trait Client {
    /// What one whole round counts for.
    fn ops_per_round(&self) -> u32;

    /// Sends what opens a round.
    fn begin(&mut self, registry: &Registry) -> io::Result<()>;

    /// Takes what the socket has to give.
    fn advance(&mut self) -> io::Result<Round>;
}

/// How far a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Round {
    Open,
    Complete,
}

/// Counts from the first byte sent to the last round completed, so that every operation that was
/// paid for is counted. Ends once the time is up and every open round is complete.
fn drive<C: Client>(
    poll: &mut Poll,
    events: &mut Events,
    clients: &mut [C],
    span: Duration,
) -> io::Result<u32> {
    let mut ops = 0;
    let mut open = clients.len();
    let started = Instant::now();
    for client in clients.iter_mut() {
        client.begin(poll.registry())?;
    }
    while open > 0 {
        wait(poll, events)?;
        let is_over = started.elapsed() >= span;
        for event in &*events {
            let client = &mut clients[event.token().0];
            if client.advance()? == Round::Open {
                continue;
            }
            ops += client.ops_per_round();
            if is_over {
                open -= 1;
            } else {
                client.begin(poll.registry())?;
            }
        }
    }
    Ok(ops)
}

fn wait(poll: &mut Poll, events: &mut Events) -> io::Result<()> {
    interrupt::check()?;
    match poll.poll(events, Some(PATIENCE)) {
        Err(err) if err.kind() == io::ErrorKind::Interrupted => Ok(()),
        Err(err) => Err(err),
        Ok(()) if events.is_empty() => Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("the server answered nothing for {PATIENCE:?}"),
        )),
        Ok(()) => Ok(()),
    }
}
