//! One connection to a server: sending commands in pieces, reading and checking replies.

use std::io::{self, ErrorKind, Read, Write};
use std::time::Instant;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use super::connect;
use super::interval::Interval;
use super::replies::{Partial, Said};
use super::session::Session;
use super::time_check::{TimeCheck, is_backwards};
use crate::load::result::{Failure, Outcome};
use crate::protocol::TIME_LINE;

/// The command that ends a session.
const QUIT_LINE: &[u8] = b"QUIT\r\n";

/// Most bytes read at once.
const HEARD_BYTES: usize = 64 * 1024;

/// A connection, and the replies owed on it.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    token: Token,
    /// When the last piece of commands, or `QUIT`, was sent.
    sent: Instant,
    /// Commands of that piece that have not been answered.
    unanswered: u32,
    /// Bytes of that piece that the kernel has not taken.
    untaken: usize,
    partial: Partial,
    /// The second of the day in the last reply.
    told: Option<u32>,
    /// Whether this connection has had a reply.
    acquaintance: Acquaintance,
    /// How far to read: to the end of the stream once it is known to have come. An end is announced only
    /// once.
    until: Until,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Acquaintance {
    New,
    Answered,
}

/// State shared by all connections of a thread.
#[derive(Debug)]
pub(super) struct Exchange {
    registry: Registry,
    watch: TimeCheck,
    /// The longest piece of commands.
    piece: Vec<u8>,
    /// Buffer for received bytes.
    heard: Box<[u8]>,
}

/// The result of reading from the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// Some owed replies have not arrived.
    Part,
    /// All owed replies have arrived, at this moment.
    All(Instant),
    /// A reply or an error that ends the session.
    Bad(Outcome),
    /// The end of the stream.
    End,
}

impl Heard {
    /// Whether it counts as an answer by the server.
    pub(super) fn is_answer(self) -> bool {
        !matches!(
            self,
            Self::Part | Self::End | Self::Bad(Outcome::Failed(Failure::Reset))
        )
    }
}

impl Exchange {
    /// Shared state for pieces of at most `pipeline` commands.
    pub(super) fn new(registry: Registry, watch: TimeCheck, pipeline: u32) -> Self {
        let commands = usize::try_from(pipeline).unwrap_or(usize::MAX);
        Self {
            registry,
            watch,
            piece: TIME_LINE.repeat(commands),
            heard: vec![0; HEARD_BYTES].into_boxed_slice(),
        }
    }

    /// The clock that replies are checked against, to be read anew now and then.
    pub(super) fn watch_mut(&mut self) -> &mut TimeCheck {
        &mut self.watch
    }
}

impl Connection {
    /// A connection that may not be established yet.
    pub(super) fn new(stream: TcpStream, token: Token, now: Instant) -> Self {
        Self {
            stream,
            token,
            sent: now,
            unanswered: 0,
            untaken: 0,
            partial: Partial::default(),
            told: None,
            acquaintance: Acquaintance::New,
            until: Until::Drained,
        }
    }

    /// Whether the server is known to have ended the stream, even if data is unread.
    pub(super) fn is_over(&self) -> bool {
        self.until == Until::End
    }

    /// Registers the connection for events.
    pub(super) fn register(&mut self, interest: Interest, exchange: &Exchange) -> io::Result<()> {
        let registry = &exchange.registry;
        registry.register(&mut self.stream, self.token, interest)
    }

    /// Sends commands in one piece. An early error means that the connection is not established yet.
    pub(super) fn ask(
        &mut self,
        commands: u32,
        now: Instant,
        exchange: &Exchange,
    ) -> io::Result<()> {
        let bytes = usize::try_from(commands).map_or(0, |n| n * TIME_LINE.len());
        let piece = exchange.piece.get(..bytes).unwrap_or_default();
        let taken = self.stream.write(piece)?;
        self.sent = now;
        self.unanswered = commands;
        self.untaken = bytes - taken;
        if self.untaken > 0 {
            let both = Interest::READABLE | Interest::WRITABLE;
            // This fails on a new connection, which is registered later.
            let _ = (exchange.registry).reregister(&mut self.stream, self.token, both);
        }
        Ok(())
    }

    /// Sends the bytes of the last piece that the kernel did not take. Commands are all alike, so the
    /// bytes are the end of any piece. A read will report a broken connection.
    pub(super) fn send_rest(&mut self, exchange: &Exchange) {
        let from = exchange.piece.len().saturating_sub(self.untaken);
        let rest = exchange.piece.get(from..).unwrap_or_default();
        if let Ok(taken) = self.stream.write(rest) {
            self.untaken -= taken;
        }
    }

    /// Whether the kernel has not taken all bytes.
    pub(super) fn is_clogged(&self) -> bool {
        self.untaken > 0
    }

    pub(super) fn quit(&mut self, now: Instant) -> io::Result<()> {
        self.sent = now;
        self.stream.write(QUIT_LINE).map(drop)
    }

    /// When the last piece of commands, or `QUIT`, was sent.
    pub(super) fn sent(&self) -> Instant {
        self.sent
    }

    /// Why connecting failed: the socket's pending error if there is one, else its first error.
    pub(super) fn cause(&self, err: io::Error) -> io::Error {
        self.stream.take_error().ok().flatten().unwrap_or(err)
    }

    /// Reads and checks replies, up to the end of the stream if that is known to have come.
    pub(super) fn listen(
        &mut self,
        until: Until,
        session: &Session,
        exchange: &mut Exchange,
        interval: &mut Interval,
    ) -> Heard {
        if until == Until::End {
            self.until = Until::End;
        }
        loop {
            let came = match self.stream.read(&mut exchange.heard) {
                Ok(0) => return Heard::End,
                Ok(came) => came,
                Err(err) if err.kind() == ErrorKind::WouldBlock => return Heard::Part,
                Err(err) if err.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return Heard::Bad(Outcome::Failed(Failure::Reset)),
            };
            let heard = self.understand(came, Instant::now(), session, exchange, interval);
            // The data did not fill the buffer, so there is no more of it.
            let is_drained = came < exchange.heard.len() && self.until == Until::Drained;
            if heard != Heard::Part || is_drained {
                return heard;
            }
        }
    }

    /// Checks every line of the received bytes.
    fn understand(
        &mut self,
        came: usize,
        now: Instant,
        session: &Session,
        exchange: &Exchange,
        interval: &mut Interval,
    ) -> Heard {
        let mut rest = exchange.heard.get(..came).unwrap_or_default();
        while !rest.is_empty()
            && let Some((said, behind)) = self.partial.next_line(rest)
        {
            rest = behind;
            let failure = match said {
                Said::Busy => return Heard::Bad(Outcome::Busy),
                _ if self.unanswered == 0 => Failure::ExtraBytes,
                Said::Other if connect::reached_itself(&self.stream) => Failure::Refused,
                Said::Other => Failure::Malformed,
                Said::Time(second) if !self.is_right(second, now, &exchange.watch) => {
                    Failure::WrongTime
                }
                Said::Time(_) => {
                    self.count_reply(session, now, interval);
                    continue;
                }
            };
            return Heard::Bad(Outcome::Failed(failure));
        }
        match (self.unanswered, self.partial.is_begun()) {
            (0, false) => Heard::All(now),
            (0, true) => Heard::Bad(Outcome::Failed(Failure::ExtraBytes)),
            _ => Heard::Part,
        }
    }

    /// Whether the time in a reply is right, and not before that in the previous reply.
    fn is_right(&mut self, second: u32, now: Instant, watch: &TimeCheck) -> bool {
        let before = self.told.replace(second);
        before.is_none_or(|before| !is_backwards(before, second))
            && watch.agrees(second, self.sent, now)
    }

    fn count_reply(&mut self, session: &Session, now: Instant, interval: &mut Interval) {
        self.unanswered -= 1;
        let time = now.saturating_duration_since(self.sent);
        match self.acquaintance {
            Acquaintance::New => interval.first_reply(session, time),
            Acquaintance::Answered => interval.later_reply(session, time),
        }
        self.acquaintance = Acquaintance::Answered;
    }
}

/// How far to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// Until no more data is available.
    Drained,
    /// Until the end of the stream, which is known to have come.
    End,
}
