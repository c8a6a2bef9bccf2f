//! An open loop of clients that lose patience: each in one of three ways.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::interrupt;

/// What a client does when its patience is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// It closes the connection.
    Closes,
    /// It closes its side and reads on.
    HalfCloses,
    /// It waits on.
    Never,
}

/// An open loop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Loop {
    pub(crate) server: SocketAddr,
    /// Arrivals a second, at random (Poisson).
    pub(crate) rate: f64,
    pub(crate) patience: Duration,
    pub(crate) leaving: Leaving,
    pub(crate) warmup: Duration,
    pub(crate) window: Duration,
}

/// What became of the sessions that were due in the window.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Answered within the patience.
    pub(crate) good: u32,
    /// From the moment a session was due until it was refused.
    pub(crate) refused: Vec<Duration>,
    /// Answered later, or not at all.
    pub(crate) late: u32,
    /// Ended in another way.
    pub(crate) failed: u32,
    /// The longest time by which a session began late.
    pub(crate) lag: Duration,
}

struct Session {
    due: Instant,
    stream: TcpStream,
    is_connected: bool,
    reply: Vec<u8>,
}

/// Runs the loop to its end. Sessions that are open one patience later are late.
pub(crate) fn run(plan: &Loop) -> io::Result<Counts> {
    let mut generator = Generator::new(plan)?;
    let mut events = Events::with_capacity(1024);
    loop {
        interrupt::check()?;
        let now = Instant::now();
        if now >= generator.end + plan.patience {
            return Ok(generator.counts());
        }
        generator.begin_due(now)?;
        generator.end_patience(now);
        let wait = generator
            .next_wake()
            .saturating_duration_since(Instant::now());
        generator.poll.poll(&mut events, Some(wait))?;
        for event in &events {
            generator.advance(event.token());
        }
    }
}

/// A loop on its way.
struct Generator<'a> {
    plan: &'a Loop,
    poll: Poll,
    random: fastrand::Rng,
    sessions: HashMap<Token, Session>,
    /// When the patience of each session ends, in the order of time.
    patience_ends: VecDeque<(Instant, Token)>,
    next_token: usize,
    next_due: Instant,
    begin: Instant,
    end: Instant,
    counts: Counts,
}

impl<'a> Generator<'a> {
    fn new(plan: &'a Loop) -> io::Result<Self> {
        let now = Instant::now();
        let begin = now + plan.warmup;
        Ok(Self {
            plan,
            poll: Poll::new()?,
            random: fastrand::Rng::with_seed(1),
            sessions: HashMap::new(),
            patience_ends: VecDeque::new(),
            next_token: 0,
            next_due: now,
            begin,
            end: begin + plan.window,
            counts: Counts::default(),
        })
    }

    fn is_counted(&self, due: Instant) -> bool {
        (self.begin..self.end).contains(&due)
    }

    /// Begins the sessions that are due.
    fn begin_due(&mut self, now: Instant) -> io::Result<()> {
        while self.next_due <= now && self.next_due < self.end {
            let (due, token) = (self.next_due, Token(self.next_token));
            self.next_token += 1;
            let mut stream = TcpStream::connect(self.plan.server)?;
            let interest = Interest::READABLE | Interest::WRITABLE;
            self.poll
                .registry()
                .register(&mut stream, token, interest)?;
            if self.is_counted(due) {
                self.counts.lag = self.counts.lag.max(now - due);
            }
            let session = Session {
                due,
                stream,
                is_connected: false,
                reply: Vec::new(),
            };
            self.sessions.insert(token, session);
            self.patience_ends
                .push_back((due + self.plan.patience, token));
            let gap = -(1.0 - self.random.f64()).ln() / self.plan.rate;
            self.next_due += Duration::from_secs_f64(gap);
        }
        Ok(())
    }

    /// Lets clients leave at the end of their patience.
    fn end_patience(&mut self, now: Instant) {
        while let Some((_, token)) = self.patience_ends.pop_front_if(|(at, _)| *at <= now) {
            match self.plan.leaving {
                Leaving::Never => {}
                Leaving::HalfCloses => {
                    if let Some(session) = self.sessions.get(&token) {
                        // A connection that is gone has no side to close.
                        let _ = session.stream.shutdown(Shutdown::Write);
                    }
                }
                Leaving::Closes => {
                    if let Some(session) = self.sessions.remove(&token) {
                        self.counts.late += u32::from(self.is_counted(session.due));
                    }
                }
            }
        }
    }

    fn next_wake(&self) -> Instant {
        let next = if self.next_due < self.end {
            self.next_due
        } else {
            self.end + self.plan.patience
        };
        match self.patience_ends.front() {
            Some(&(at, _)) => next.min(at),
            None => next,
        }
    }

    fn advance(&mut self, token: Token) {
        let Some(is_whole) = self.sessions.get_mut(&token).and_then(advance) else {
            return;
        };
        if let Some(session) = self.sessions.remove(&token)
            && self.is_counted(session.due)
        {
            count(&session, is_whole, self.plan.patience, &mut self.counts);
        }
    }

    fn counts(mut self) -> Counts {
        let open = self.sessions.values().filter(|it| it.due >= self.begin);
        self.counts.late += u32::try_from(open.count()).unwrap_or(u32::MAX);
        self.counts
    }
}

/// Sends and reads what it can; whether the stream ended in order, once it has ended.
fn advance(session: &mut Session) -> Option<bool> {
    if !session.is_connected {
        match session.stream.write(b"TIME\r\nQUIT\r\n") {
            Ok(_) => session.is_connected = true,
            Err(err) if is_early(&err) => return None,
            Err(_) => return Some(false),
        }
    }
    loop {
        let mut buffer = [0; 256];
        match session.stream.read(&mut buffer) {
            Ok(0) => return Some(true),
            Ok(count) => session.reply.extend_from_slice(&buffer[..count]),
            Err(err) if is_early(&err) => return None,
            Err(_) => return Some(false),
        }
    }
}

fn is_early(err: &io::Error) -> bool {
    matches!(
        err.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::NotConnected
    )
}

fn count(session: &Session, is_whole: bool, patience: Duration, counts: &mut Counts) {
    let time = session.due.elapsed();
    if session.reply.starts_with(b"ERROR busy") {
        counts.refused.push(time);
    } else if !is_whole || !session.reply.starts_with(b"JAM ") {
        counts.failed += 1;
    } else if time <= patience {
        counts.good += 1;
    } else {
        counts.late += 1;
    }
}
