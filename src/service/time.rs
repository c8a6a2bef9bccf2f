//! The time service, which answers each request for the time at once.

use std::sync::Arc;

use crate::clock::{Clock, Dial, Zone};
use crate::protocol::{self, Command, Parsed, TIME_LINE, TIME_REPLY_BYTES};
use crate::server::{Progress, REPLIES_LIMIT, Responder, Service, Then};

/// Tells the time of a clock in a zone.
#[derive(Debug)]
pub struct TimeService<C> {
    dial: Arc<Dial<C>>,
    max_line: usize,
}

impl<C: Clock> TimeService<C> {
    /// Creates a service that rejects lines longer than `max_line` bytes, without their end. A plain
    /// `TIME` is never too long.
    pub fn new(clock: C, zone: Zone, max_line: usize) -> Self {
        Self {
            dial: Arc::new(Dial::new(clock, zone)),
            max_line,
        }
    }
}

impl<C: Clock> Service for TimeService<C> {
    type Responder = TimeResponder<C>;

    fn responder(&self) -> TimeResponder<C> {
        TimeResponder {
            dial: Arc::clone(&self.dial),
            max_line: self.max_line,
            written: None,
        }
    }

    fn refusal(&self) -> &'static [u8] {
        protocol::BUSY
    }

    fn has_work(&self, received: &[u8]) -> bool {
        protocol::parse(received, self.max_line) != Parsed::Partial
    }

    fn longest_command(&self) -> usize {
        self.max_line + protocol::LINE_END.len()
    }
}

/// Answers the commands of one worker's sessions.
#[derive(Debug)]
pub struct TimeResponder<C> {
    dial: Arc<Dial<C>>,
    max_line: usize,
    /// The last second and its reply, which is formatted once a second, not once a command.
    written: Option<(i64, [u8; TIME_REPLY_BYTES])>,
}

impl<C: Clock> TimeResponder<C> {
    /// The reply for the current second. It reads the clock, so it is called once a batch.
    fn time_reply(&mut self) -> [u8; TIME_REPLY_BYTES] {
        let second = self.dial.unix_second();
        match self.written {
            Some((written, reply)) if written == second => reply,
            _ => {
                let reply = protocol::time_reply(self.dial.hhmmss(second));
                self.written = Some((second, reply));
                reply
            }
        }
    }
}

impl<C: Clock> Responder for TimeResponder<C> {
    fn respond(&mut self, input: &[u8], replies: &mut Vec<u8>) -> Progress {
        let mut batch = Batch {
            rest: input,
            commands: 0,
            replies,
        };
        let mut now = None;
        let then = loop {
            let times = batch.leading_times();
            if times > 0 {
                let reply = *now.get_or_insert_with(|| self.time_reply());
                batch.tell(&reply, times);
            }
            if batch.replies.len() >= REPLIES_LIMIT {
                break Then::Resume;
            }
            match protocol::parse(batch.rest, self.max_line) {
                Parsed::Partial => break Then::Read,
                Parsed::TooLong => {
                    batch.replies.extend_from_slice(protocol::TOO_LONG);
                    break Then::Reject;
                }
                Parsed::Line(command, bytes) => {
                    batch.take(bytes, 1);
                    match command {
                        Command::Time => {
                            let reply = *now.get_or_insert_with(|| self.time_reply());
                            batch.replies.extend_from_slice(&reply);
                        }
                        Command::Unknown => batch.replies.extend_from_slice(protocol::UNKNOWN),
                        Command::Quit => break Then::Finish,
                    }
                }
            }
        };
        Progress {
            consumed: input.len() - batch.rest.len(),
            commands: batch.commands,
            then,
        }
    }
}

/// The commands of one read that are still to be answered, and the replies so far.
struct Batch<'a> {
    rest: &'a [u8],
    commands: u32,
    replies: &'a mut Vec<u8>,
}

impl Batch<'_> {
    /// The number of plain `TIME` lines at the front, at most as many as the reply limit has room for.
    fn leading_times(&self) -> usize {
        let room = REPLIES_LIMIT.saturating_sub(self.replies.len());
        protocol::leading_time_lines(self.rest).min(room.div_ceil(TIME_REPLY_BYTES))
    }

    /// Answers that many plain `TIME` lines.
    fn tell(&mut self, reply: &[u8; TIME_REPLY_BYTES], times: usize) {
        let told = self.replies.len();
        self.replies.resize(told + times * TIME_REPLY_BYTES, 0);
        let (_, room) = self.replies.split_at_mut(told);
        for place in room.chunks_exact_mut(TIME_REPLY_BYTES) {
            place.copy_from_slice(reply);
        }
        self.take(
            times * TIME_LINE.len(),
            u32::try_from(times).unwrap_or(u32::MAX),
        );
    }

    /// Removes bytes with this many commands from the input.
    fn take(&mut self, bytes: usize, commands: u32) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
        self.commands += commands;
    }
}
