//! One client of the load, as a state machine of its sessions.
//!
//! The client counts into the current interval. The driver decides when a session begins.

use std::io;
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::{Interest, Token};

use super::connect::{self, Road};
use super::connection::{Connection, Exchange, Heard, Until};
use super::interval::Interval;
use super::session::Session;
use crate::load::result::{Failure, Outcome};
use crate::load::{Shape, Then, Think};

#[derive(Debug)]
pub(super) struct Client {
    token: Token,
    stage: Stage,
    connection: Option<Connection>,
    session: Session,
    /// Commands of the session that have not been sent.
    unsent: u32,
    /// When the last session ended, or else the client's creation.
    resting_since: Instant,
    /// How the connection failed between two sessions, if it did.
    spoiled: Option<Outcome>,
    /// Whether it was ever connected.
    was_connected: bool,
    /// When it got its first answer, on any connection.
    first_answered: Option<Instant>,
}

/// The state of a client.
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
    /// Waits for the end of the stream at the end of the run, when nothing is counted any more.
    Leaving,
    /// Has left.
    Gone,
}

/// A client's request to its driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Report the next event on the connection.
    Wait,
    /// Resume the client after a pause within its session.
    Think,
    /// The session has ended, at this moment.
    Ended(Outcome, Instant),
    /// The client has left for good.
    Left,
}

/// State shared by all clients of a thread.
#[derive(Debug)]
pub(super) struct Common {
    pub(super) shape: Shape,
    pub(super) road: Road,
    pub(super) exchange: Exchange,
}

impl Client {
    /// A client that has not connected yet.
    pub(super) fn new(token: Token, now: Instant) -> Self {
        Self {
            token,
            stage: Stage::Resting,
            connection: None,
            session: Session {
                intended: now,
                began: now,
                counts: false,
            },
            unsent: 0,
            resting_since: now,
            spoiled: None,
            was_connected: false,
            first_answered: None,
        }
    }

    /// Begins a session: on the open connection if there is one.
    pub(super) fn begin(
        &mut self,
        session: Session,
        common: &mut Common,
        interval: &mut Interval,
    ) -> Next {
        self.session = session;
        self.unsent = common.shape.commands;
        if let Some(outcome) = self.spoiled.take() {
            return self.end(outcome, session.began);
        }
        if self.connection.is_some() {
            return self.ask(session.began, common, interval);
        }
        self.stage = Stage::Connecting;
        match common.road.connect() {
            Ok(stream) => {
                self.connection = Some(Connection::new(stream, self.token, session.began));
            }
            Err(err) => return self.fail(connect::failure(&err)),
        }
        // On loopback the connection is mostly established by now, so the client sends without an event.
        let next = self.ask(Instant::now(), common, interval);
        let Some(connection) = &mut self.connection else {
            return next;
        };
        let interest = if self.stage == Stage::Connecting || connection.is_clogged() {
            Interest::READABLE | Interest::WRITABLE
        } else {
            Interest::READABLE
        };
        match connection.register(interest, &common.exchange) {
            Ok(()) => next,
            Err(err) => self.fail(connect::failure(&err)),
        }
    }

    /// Handles an event on the connection.
    pub(super) fn go_on(
        &mut self,
        event: &Event,
        common: &mut Common,
        interval: &mut Interval,
    ) -> Next {
        let Some(connection) = &mut self.connection else {
            return Next::Wait;
        };
        if self.stage == Stage::Connecting {
            return self.ask(Instant::now(), common, interval);
        }
        if connection.is_clogged() && event.is_writable() {
            connection.send_rest(&common.exchange);
        }
        let until = if event.is_read_closed() {
            Until::End
        } else {
            Until::Drained
        };
        self.listen(until, common, interval)
    }

    /// Sends the next commands after a pause.
    pub(super) fn resume(
        &mut self,
        now: Instant,
        common: &mut Common,
        interval: &mut Interval,
    ) -> Next {
        self.ask(now, common, interval)
    }

    /// Ends the session if its wait for the server has exceeded the timeout.
    pub(super) fn lose_patience(&mut self, now: Instant, timeout: Duration) -> Next {
        let failure = match self.stage {
            Stage::Resting | Stage::Thinking | Stage::Gone => return Next::Wait,
            Stage::Connecting => Failure::ConnectTimedOut,
            Stage::Asking => Failure::ReplyTimedOut,
            Stage::Quitting | Stage::Leaving => Failure::NotClosed,
        };
        let since = match (self.stage, &self.connection) {
            (Stage::Connecting, _) | (_, None) => self.session.began,
            (_, Some(connection)) => connection.sent(),
        };
        if now.saturating_duration_since(since) < timeout {
            return Next::Wait;
        }
        self.end(Outcome::Failed(failure), now)
    }

    /// Leaves at the end of the run, with a `QUIT` if a connection is still open.
    pub(super) fn leave(&mut self, now: Instant) -> Next {
        if self.stage != Stage::Resting {
            return Next::Wait;
        }
        let quit = self.connection.as_mut().map(|open| open.quit(now));
        if !matches!(quit, Some(Ok(()))) {
            return self.go();
        }
        self.stage = Stage::Leaving;
        Next::Wait
    }

    /// Whether a session is under way.
    pub(super) fn is_occupied(&self) -> bool {
        !matches!(self.stage, Stage::Resting | Stage::Leaving | Stage::Gone)
    }

    /// Whether it was connected and got no answer before `until`.
    pub(super) fn is_starved(&self, until: Instant) -> bool {
        self.was_connected && self.first_answered.is_none_or(|at| until <= at)
    }

    /// The current session, or else the last.
    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// When the last session ended, or else the client's creation.
    pub(super) fn resting_since(&self) -> Instant {
        self.resting_since
    }

    /// Sends the next piece of commands, or waits until the connection is established.
    fn ask(&mut self, now: Instant, common: &mut Common, interval: &mut Interval) -> Next {
        let commands = self.unsent.min(common.shape.pipeline);
        let Some(connection) = &mut self.connection else {
            return self.fail(Failure::Reset);
        };
        if connection.is_over() {
            return self.fail(Failure::EndedEarly);
        }
        match connection.ask(commands, now, &common.exchange) {
            Ok(()) => {}
            Err(err) if connect::is_early(&err) => return Next::Wait,
            Err(err) => return self.unsendable(err, common, interval),
        }
        if self.stage == Stage::Connecting {
            let time = now.saturating_duration_since(self.session.began);
            interval.connected(&self.session, time);
            self.was_connected = true;
        }
        self.stage = Stage::Asking;
        self.unsent -= commands;
        Next::Wait
    }

    /// Handles a failed write. Either the connection was never established, or its last data may be unread.
    fn unsendable(&mut self, err: io::Error, common: &mut Common, interval: &mut Interval) -> Next {
        if self.stage == Stage::Connecting {
            let cause = match &self.connection {
                Some(connection) => connection.cause(err),
                None => err,
            };
            return self.fail(connect::failure(&cause));
        }
        // The error has arrived by now, and so has all data sent before it.
        match self.listen(Until::End, common, interval) {
            Next::Wait => self.fail(Failure::Reset),
            next => next,
        }
    }

    /// Reads from the server, and acts on the result.
    fn listen(&mut self, until: Until, common: &mut Common, interval: &mut Interval) -> Next {
        let Some(connection) = &mut self.connection else {
            return Next::Wait;
        };
        let heard = connection.listen(until, &self.session, &mut common.exchange, interval);
        if heard.is_answer() {
            self.first_answered.get_or_insert_with(Instant::now);
        }
        match (heard, self.stage) {
            (Heard::Part, _) | (Heard::All(_), Stage::Leaving) => Next::Wait,
            (Heard::All(now), Stage::Asking) => self.answered(now, common, interval),
            (Heard::All(_), _) => self.broken(Outcome::Failed(Failure::ExtraBytes)),
            (Heard::End, Stage::Quitting) => self.closed(interval),
            (Heard::End, _) => self.broken(Outcome::Failed(Failure::EndedEarly)),
            (Heard::Bad(outcome), _) => self.broken(outcome),
        }
    }

    /// All commands sent are answered: sends the next piece, or ends the session.
    fn answered(&mut self, now: Instant, common: &mut Common, interval: &mut Interval) -> Next {
        if self.unsent > 0 {
            if common.shape.think == Think::None {
                return self.ask(now, common, interval);
            }
            self.stage = Stage::Thinking;
            return Next::Think;
        }
        if common.shape.then == Then::KeepAlive {
            return self.rest(Outcome::Good, now);
        }
        self.stage = Stage::Quitting;
        match self.connection.as_mut().map(|open| (open.quit(now), open)) {
            Some((Ok(()), open)) if !open.is_over() => Next::Wait,
            // The connection is broken, or its end has already come and is not announced again.
            _ => self.listen(Until::End, common, interval),
        }
    }

    /// The server has ended the stream after `QUIT`, so the session is good.
    fn closed(&mut self, interval: &mut Interval) -> Next {
        let now = Instant::now();
        if let Some(connection) = &self.connection {
            let time = now.saturating_duration_since(connection.sent());
            interval.closed(&self.session, time);
        }
        self.end(Outcome::Good, now)
    }

    /// The connection broke unexpectedly. That ends the session or, between two sessions, fails the next
    /// one.
    fn broken(&mut self, outcome: Outcome) -> Next {
        match self.stage {
            Stage::Resting => {
                self.connection = None;
                self.spoiled = Some(outcome);
                Next::Wait
            }
            Stage::Leaving => self.go(),
            _ => self.end(outcome, Instant::now()),
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
        self.connection = None;
        self.rest(outcome, now)
    }

    fn rest(&mut self, outcome: Outcome, now: Instant) -> Next {
        self.stage = Stage::Resting;
        self.resting_since = now;
        Next::Ended(outcome, now)
    }

    fn go(&mut self) -> Next {
        self.connection = None;
        self.stage = Stage::Gone;
        Next::Left
    }
}
