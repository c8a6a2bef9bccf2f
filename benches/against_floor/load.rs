//! The one load generator: a closed loop of clients on one thread, at one cost for all servers.

use std::io;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Registry, Token};

use crate::asking::AskingClient;
use crate::contestant::{PATIENCE, Running};
use crate::interrupt;
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

/// What one interval of work cost.
#[derive(Debug, Clone, Copy)]
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

/// Loads the server for about the given time.
pub(crate) fn run(work: Work, server: &Running, span: Duration) -> io::Result<Interval> {
    let mut poll = Poll::new()?;
    match work {
        Work::Ask { clients, burst } => {
            let mut asking = (0..clients)
                .map(|index| {
                    AskingClient::connect(server.addr(), burst, poll.registry(), Token(index))
                })
                .collect::<io::Result<Vec<_>>>()?;
            let interval = drive(&mut poll, &mut asking, server, span)?;
            AskingClient::hang_up(asking)?;
            Ok(interval)
        }
        Work::Sessions { clients } => {
            let mut sessions: Vec<_> = (0..clients)
                .map(|index| SessionClient::new(server.addr(), Token(index)))
                .collect();
            drive(&mut poll, &mut sessions, server, span)
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

/// Measures from the first byte sent to the last round completed, so that every operation that
/// was paid for is counted. Ends once the time is up and every open round is complete.
fn drive<C: Client>(
    poll: &mut Poll,
    clients: &mut [C],
    server: &Running,
    span: Duration,
) -> io::Result<Interval> {
    let mut events = Events::with_capacity(EVENTS);
    let mut ops = 0;
    let mut open = clients.len();
    let cpu_before = server.cpu()?;
    let started = Instant::now();
    for client in clients.iter_mut() {
        client.begin(poll.registry())?;
    }
    while open > 0 {
        wait(poll, &mut events)?;
        let is_over = started.elapsed() >= span;
        for event in &events {
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
    Ok(Interval {
        ops,
        elapsed: started.elapsed(),
        cpu: server.cpu()?.saturating_sub(cpu_before),
    })
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
