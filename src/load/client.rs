//! One of the clients that load a server: where its session stands, and what comes next in it.
//!
//! It owns the connection and knows the protocol; what it learns it writes into the slice of time at
//! hand. When it begins is up to the driver.

use std::io::{self, ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use super::connect::{self, Road};
use super::outcome::{Failure, Outcome};
use super::plan::{Shape, Then, Think};
use super::replies::{Partial, Said};
use super::slice::Slice;
use super::watch::{Watch, is_backwards};
use crate::protocol::TIME_LINE;

/// The command that ends a session.
const QUIT_LINE: &[u8] = b"QUIT\r\n";

/// One client.
#[derive(Debug)]
pub(super) struct Client {
    token: Token,
    stream: Option<TcpStream>,
    stage: Stage,
    session: Session,
    /// Since when there has been no session.
    resting_since: Instant,
    /// Since when the server has been waited for: for the connection, a reply, the close.
    waiting_since: Instant,
    /// Commands of this session that have not been sent.
    unsent: u32,
    /// Commands that have been sent and not answered.
    unanswered: u32,
    /// Bytes of the last piece that the kernel has not taken.
    untaken: usize,
    partial: Partial,
    /// The second of the day that was told last on this connection.
    told: Option<u32>,
    /// What happened to the connection while nothing was asked of it.
    spoiled: Option<Failure>,
    /// Whether this connection has not been answered yet.
    is_new_here: bool,
    /// Whether it ever had a connection.
    was_connected: bool,
    /// Whether it was ever answered, on whatever connection.
    was_answered: bool,
}

/// When one session began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    /// When it was meant to begin.
    pub(super) intended: Instant,
    /// When it did.
    pub(super) began: Instant,
    /// Whether it began within the window.
    pub(super) counts: bool,
}

/// What a client is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Between two sessions; the connection may be open.
    Resting,
    /// Waits for the connection.
    Connecting,
    /// Waits for replies.
    Asking,
    /// Waits for the end of a pause between two commands.
    Thinking,
    /// Waits for the end of the stream, after `QUIT`.
    Quitting,
    /// The same at the end of the run, when nothing counts any more.
    Leaving,
    /// Is not there any more.
    Gone,
}

/// What a client wants of its driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// To be told when something happens on its connection.
    Wait,
    /// To be woken after a pause, in the middle of its session.
    Think,
    /// Its session has ended, at this moment.
    Ended(Outcome, Instant),
    /// It has left for good.
    Left,
}

/// What is the same for all clients of a thread.
#[derive(Debug)]
pub(super) struct Common {
    pub(super) shape: Shape,
    pub(super) timeout: Duration,
    pub(super) watch: Watch,
    pub(super) road: Road,
    pub(super) registry: Registry,
    /// As many commands as are ever sent in one piece.
    pub(super) piece: Vec<u8>,
    /// Where what comes in stands until it is understood.
    pub(super) heard: Box<[u8]>,
}

/// What came of listening to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// Not all that is owed.
    Part,
    /// All that is owed.
    All,
    /// What ends the session.
    End(Outcome),
}

impl Client {
    /// A client that has not connected yet.
    pub(super) fn new(token: Token, now: Instant) -> Self {
        Self {
            token,
            stream: None,
            stage: Stage::Resting,
            session: Session {
                intended: now,
                began: now,
                counts: false,
            },
            resting_since: now,
            waiting_since: now,
            unsent: 0,
            unanswered: 0,
            untaken: 0,
            partial: Partial::default(),
            told: None,
            spoiled: None,
            is_new_here: true,
            was_connected: false,
            was_answered: false,
        }
    }

    /// Begins a session: on the open connection if there is one.
    pub(super) fn begin(
        &mut self,
        session: Session,
        common: &mut Common,
        slice: &mut Slice,
    ) -> Next {
        self.session = session;
        self.unsent = common.shape.commands;
        if let Some(failure) = self.spoiled.take() {
            return self.end(Outcome::Failed(failure), session.began);
        }
        if self.stream.is_some() {
            return self.ask(session.began, common, slice);
        }
        self.told = None;
        self.stage = Stage::Connecting;
        self.waiting_since = session.began;
        match common.road.connect() {
            Ok(stream) => self.stream = Some(stream),
            Err(err) => return self.fail(connect::failure(&err)),
        }
        // On loopback the connection mostly stands by now: ask without waiting to be told.
        let next = self.ask(Instant::now(), common, slice);
        if let Some(stream) = &mut self.stream {
            let interest = if self.stage == Stage::Connecting || self.untaken > 0 {
                Interest::READABLE | Interest::WRITABLE
            } else {
                Interest::READABLE
            };
            if let Err(err) = common.registry.register(stream, self.token, interest) {
                return self.fail(connect::failure(&err));
            }
        }
        next
    }

    /// Goes on: something happened on the connection.
    pub(super) fn go_on(&mut self, event: &Event, common: &mut Common, slice: &mut Slice) -> Next {
        if self.stage == Stage::Connecting {
            return self.ask(Instant::now(), common, slice);
        }
        if self.untaken > 0 && event.is_writable() {
            self.send_rest(common);
        }
        self.listen(event.is_read_closed(), common, slice)
    }

    /// Goes on after a pause.
    pub(super) fn resume(&mut self, now: Instant, common: &mut Common, slice: &mut Slice) -> Next {
        self.ask(now, common, slice)
    }

    /// Gives up if the server has been waited for too long.
    pub(super) fn lose_patience(&mut self, now: Instant, timeout: Duration) -> Next {
        let failure = match self.stage {
            Stage::Resting | Stage::Thinking | Stage::Gone => return Next::Wait,
            Stage::Connecting => Failure::ConnectTimedOut,
            Stage::Asking => Failure::ReplyTimedOut,
            Stage::Quitting | Stage::Leaving => Failure::NotClosed,
        };
        if now.saturating_duration_since(self.waiting_since) < timeout {
            return Next::Wait;
        }
        self.end(Outcome::Failed(failure), now)
    }

    /// Leaves at the end of the run, politely if a connection is still open.
    pub(super) fn leave(&mut self, now: Instant) -> Next {
        if self.stage != Stage::Resting {
            return Next::Wait;
        }
        let asked = self.stream.as_mut().map(|stream| stream.write(QUIT_LINE));
        if !matches!(asked, Some(Ok(_))) {
            return self.go();
        }
        self.waiting_since = now;
        self.stage = Stage::Leaving;
        Next::Wait
    }

    /// Whether a session is under way.
    pub(super) fn is_occupied(&self) -> bool {
        !matches!(self.stage, Stage::Resting | Stage::Leaving | Stage::Gone)
    }

    /// Whether it was connected and never answered, on whatever connection.
    pub(super) fn is_starved(&self) -> bool {
        self.was_connected && !self.was_answered
    }

    /// The session that is under way, or was the last.
    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// Since when there has been no session.
    pub(super) fn resting_since(&self) -> Instant {
        self.resting_since
    }

    /// Sends the next piece of commands; if the connection does not stand yet, waits for it.
    fn ask(&mut self, now: Instant, common: &mut Common, slice: &mut Slice) -> Next {
        let commands = self.unsent.min(common.shape.pipeline);
        let bytes = usize::try_from(commands).map_or(0, |n| n * TIME_LINE.len());
        let piece = common.piece.get(..bytes).unwrap_or_default();
        let Some(stream) = &mut self.stream else {
            return self.fail(Failure::Reset);
        };
        let taken = match stream.write(piece) {
            Ok(taken) => taken,
            Err(err) if !connect::is_early(&err) => return self.unsendable(err, common, slice),
            Err(_) if self.stage == Stage::Connecting => return Next::Wait,
            Err(_) => 0,
        };
        if self.stage == Stage::Connecting {
            let time = now.saturating_duration_since(self.session.began);
            slice.connected(&self.session, time);
            self.was_connected = true;
        }
        self.stage = Stage::Asking;
        self.waiting_since = now;
        self.unsent -= commands;
        self.unanswered = commands;
        self.untaken = bytes - taken;
        if self.untaken > 0 {
            self.await_room(common);
        }
        Next::Wait
    }

    /// Asks to be told when the kernel takes bytes again; a connection that is not registered yet
    /// will be.
    fn await_room(&mut self, common: &Common) {
        if let Some(stream) = &mut self.stream {
            let both = Interest::READABLE | Interest::WRITABLE;
            let _registered_soon = common.registry.reregister(stream, self.token, both);
        }
    }

    /// Sends what the kernel did not take of the last piece. Commands are all alike, so the rest of a
    /// piece is its end. If the connection has broken, listening will tell.
    fn send_rest(&mut self, common: &Common) {
        let from = common.piece.len().saturating_sub(self.untaken);
        let rest = common.piece.get(from..).unwrap_or_default();
        if let Some(Ok(taken)) = self.stream.as_mut().map(|stream| stream.write(rest)) {
            self.untaken -= taken;
        }
    }

    /// A write failed: of a connection that never stood, or one whose last words may still be there.
    fn unsendable(&mut self, err: io::Error, common: &mut Common, slice: &mut Slice) -> Next {
        if self.stage == Stage::Connecting {
            let cause = self.stream.as_ref().and_then(|s| s.take_error().ok()?);
            return self.fail(connect::failure(&cause.unwrap_or(err)));
        }
        match self.listen(true, common, slice) {
            Next::Wait => self.fail(Failure::Reset),
            next => next,
        }
    }

    /// Hears what the server has to say, up to the end of the stream if that is known to have come.
    fn listen(&mut self, is_closed: bool, common: &mut Common, slice: &mut Slice) -> Next {
        loop {
            let Some(stream) = &mut self.stream else {
                return Next::Wait;
            };
            let came = match stream.read(&mut common.heard) {
                Ok(0) => return self.stream_ended(slice),
                Ok(came) => came,
                Err(err) if err.kind() == ErrorKind::WouldBlock => return Next::Wait,
                Err(err) if err.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return self.interrupted(Failure::Reset),
            };
            let now = Instant::now();
            let next = match self.understand(came, now, common, slice) {
                Heard::Part => Next::Wait,
                Heard::All => self.answered(now, common, slice),
                Heard::End(Outcome::Failed(failure)) => self.interrupted(failure),
                Heard::End(outcome) => self.end(outcome, now),
            };
            // What came was less than there was room for, so there is no more of it; an end of the
            // stream that was announced together with it is still to be taken.
            if next != Next::Wait || (came < common.heard.len() && !is_closed) {
                return next;
            }
        }
    }

    /// Takes in every line of what came.
    fn understand(
        &mut self,
        came: usize,
        now: Instant,
        common: &Common,
        slice: &mut Slice,
    ) -> Heard {
        let mut rest = common.heard.get(..came).unwrap_or_default();
        match self.stage {
            Stage::Asking => {}
            Stage::Leaving => return Heard::Part,
            _ => return Heard::End(Outcome::Failed(Failure::ExtraBytes)),
        }
        while let Some((said, behind)) = self.partial.next_line(rest) {
            rest = behind;
            let failure = match said {
                Said::Busy => return Heard::End(Outcome::Busy),
                _ if self.unanswered == 0 => Failure::ExtraBytes,
                Said::Other if self.is_echo() => Failure::Refused,
                Said::Other => Failure::Malformed,
                Said::Time(second) if !self.is_right(second, now, common) => Failure::WrongTime,
                Said::Time(_) => {
                    self.count_reply(now, slice);
                    continue;
                }
            };
            return Heard::End(Outcome::Failed(failure));
        }
        match (self.unanswered, self.partial.is_begun()) {
            (0, false) => Heard::All,
            (0, true) => Heard::End(Outcome::Failed(Failure::ExtraBytes)),
            _ => Heard::Part,
        }
    }

    /// Whether the client has been talking to itself.
    fn is_echo(&self) -> bool {
        self.stream.as_ref().is_some_and(connect::reached_itself)
    }

    /// Whether the time told is the time, and not before the one told last.
    fn is_right(&mut self, second: u32, now: Instant, common: &Common) -> bool {
        let before = self.told.replace(second);
        before.is_none_or(|before| !is_backwards(before, second))
            && common.watch.agrees(second, self.waiting_since, now)
    }

    fn count_reply(&mut self, now: Instant, slice: &mut Slice) {
        let time = now.saturating_duration_since(self.waiting_since);
        if self.is_new_here {
            self.is_new_here = false;
            slice.first_reply(&self.session, time);
        } else {
            slice.later_reply(&self.session, time);
        }
        self.was_answered = true;
        self.unanswered -= 1;
    }

    /// Everything that was asked is answered: the next piece, or the end.
    fn answered(&mut self, now: Instant, common: &mut Common, slice: &mut Slice) -> Next {
        if self.unsent > 0 {
            if common.shape.think == Think::None {
                return self.ask(now, common, slice);
            }
            self.stage = Stage::Thinking;
            return Next::Think;
        }
        if common.shape.then == Then::KeepAlive {
            return self.rest(Outcome::Good, now);
        }
        self.stage = Stage::Quitting;
        self.waiting_since = now;
        match self.stream.as_mut().map(|stream| stream.write(QUIT_LINE)) {
            Some(Ok(_)) => Next::Wait,
            _ => self.listen(true, common, slice),
        }
    }

    /// The server has ended the stream.
    fn stream_ended(&mut self, slice: &mut Slice) -> Next {
        let now = Instant::now();
        if self.stage != Stage::Quitting {
            return self.interrupted(Failure::EndedEarly);
        }
        let time = now.saturating_duration_since(self.waiting_since);
        slice.closed(&self.session, time);
        self.end(Outcome::Good, now)
    }

    /// The connection is gone, and that was not asked for: the end of a session, or the bad beginning
    /// of the next one.
    fn interrupted(&mut self, failure: Failure) -> Next {
        match self.stage {
            Stage::Resting => {
                self.hang_up();
                self.spoiled = Some(failure);
                Next::Wait
            }
            Stage::Leaving => self.go(),
            _ => self.fail(failure),
        }
    }

    fn fail(&mut self, failure: Failure) -> Next {
        self.end(Outcome::Failed(failure), Instant::now())
    }

    /// Ends the session and the connection.
    fn end(&mut self, outcome: Outcome, now: Instant) -> Next {
        if self.stage == Stage::Leaving {
            return self.go();
        }
        self.hang_up();
        self.rest(outcome, now)
    }

    fn rest(&mut self, outcome: Outcome, now: Instant) -> Next {
        self.stage = Stage::Resting;
        self.resting_since = now;
        Next::Ended(outcome, now)
    }

    fn go(&mut self) -> Next {
        self.hang_up();
        self.stage = Stage::Gone;
        Next::Left
    }

    fn hang_up(&mut self) {
        self.stream = None;
        self.partial.clear();
        self.untaken = 0;
        self.is_new_here = true;
    }
}
