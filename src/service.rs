//! The time service: the protocol and the clock, joined for the server.

use std::fmt;
use std::sync::Arc;

use crate::clock::{Clock, Zone};
use crate::protocol::{self, Command, Parsed, TIME_REPLY_BYTES};
use crate::server::{Progress, REPLIES_LIMIT, Responder, Service, Then};

/// Tells the time of a clock in a zone.
#[derive(Debug)]
pub struct TimeService<C> {
    clock: Arc<C>,
    zone: Zone,
    max_line: usize,
}

impl<C: Clock> TimeService<C> {
    /// A service that rejects lines longer than `max_line` bytes, their end not counted.
    pub fn new(clock: C, zone: Zone, max_line: usize) -> Self {
        Self {
            clock: Arc::new(clock),
            zone,
            max_line,
        }
    }
}

impl<C: Clock> Service for TimeService<C> {
    type Responder = TimeResponder<C>;

    fn responder(&self) -> TimeResponder<C> {
        TimeResponder {
            clock: Arc::clone(&self.clock),
            zone: self.zone,
            max_line: self.max_line,
            written: None,
        }
    }

    fn refusal(&self) -> &'static [u8] {
        protocol::BUSY
    }

    fn longest_command(&self) -> usize {
        self.max_line + protocol::LINE_END.len()
    }
}

/// Answers the commands of one worker's sessions.
pub struct TimeResponder<C> {
    clock: Arc<C>,
    zone: Zone,
    max_line: usize,
    /// The second that was last written, and its reply: written once a second, not once a command.
    written: Option<(i64, [u8; TIME_REPLY_BYTES])>,
}

impl<C: Clock> TimeResponder<C> {
    /// The reply for now. Reads the clock, so it is asked for once a batch.
    fn time_reply(&mut self) -> [u8; TIME_REPLY_BYTES] {
        let second = self.clock.unix_second();
        match self.written {
            Some((written, reply)) if written == second => reply,
            _ => {
                let reply = protocol::time_reply(self.zone.hhmmss(second));
                self.written = Some((second, reply));
                reply
            }
        }
    }
}

impl<C: Clock> Responder for TimeResponder<C> {
    fn respond(&mut self, input: &[u8], replies: &mut Vec<u8>) -> Progress {
        let mut rest = input;
        let mut commands = 0;
        let mut now = None;
        let then = loop {
            if replies.len() >= REPLIES_LIMIT {
                break Then::Resume;
            }
            match protocol::parse(rest, self.max_line) {
                Parsed::Partial => break Then::Read,
                Parsed::TooLong => {
                    replies.extend_from_slice(protocol::TOO_LONG);
                    break Then::Reject;
                }
                Parsed::Line(command, bytes) => {
                    commands += 1;
                    rest = rest.get(bytes..).unwrap_or_default();
                    match command {
                        Command::Time => {
                            let reply = *now.get_or_insert_with(|| self.time_reply());
                            replies.extend_from_slice(&reply);
                        }
                        Command::Unknown => replies.extend_from_slice(protocol::UNKNOWN),
                        Command::Quit => break Then::Finish,
                    }
                }
            }
        };
        Progress {
            consumed: input.len() - rest.len(),
            commands,
            then,
        }
    }
}

impl<C> fmt::Debug for TimeResponder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimeResponder")
            .field("zone", &self.zone)
            .finish_non_exhaustive()
    }
}
