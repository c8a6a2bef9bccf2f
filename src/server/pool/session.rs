//! The hot path of one session: read, respond and write until it ends.
//!
//! Once its buffers have grown to the client's needs, it neither allocates, locks nor logs. It reads a precise
//! clock once in many reads.

use std::io::{self, Read, Write};
use std::mem;
use std::net::TcpStream;
use std::thread;
use std::time::Instant;

use super::connection::Connection;
use super::slot::Slot;
use super::termination::Termination;
use crate::observe::{Shard, State};
use crate::server::drain::{Life, Phase};
use crate::server::ledger::Outcome;
use crate::server::queue::{Arrival, Queue};
use crate::server::service::{Responder, Then};
use crate::server::tick::{CoarseClock, Tick};

/// Input is read in chunks of at most this many bytes, unless one command may be longer.
const INPUT_MAX: usize = 16 * 1024;

/// The initial capacity for replies: small, because an idle session should cost little memory.
const REPLIES_MIN: usize = 64;

/// A worker's buffers. They grow for a session and are small again for the next.
#[derive(Debug)]
pub(crate) struct Buffers {
    input: Vec<u8>,
    /// Bytes at the beginning of `input` that were read and not yet processed.
    filled: usize,
    replies: Vec<u8>,
    longest_command: usize,
    written: u64,
}

impl Buffers {
    pub(crate) fn new(longest_command: usize) -> Self {
        Self {
            input: vec![0; longest_command],
            filled: 0,
            replies: Vec::with_capacity(REPLIES_MIN),
            written: 0,
            longest_command,
        }
    }

    /// Prepares for a session with these bytes already received, at most the longest command.
    pub(crate) fn reset(&mut self, received: &[u8]) {
        self.written = 0;
        self.replies.clear();
        if self.input.len() > self.longest_command {
            *self = Self::new(self.longest_command);
        }
        self.filled = self.input.len().min(received.len());
        for (place, byte) in self.input.iter_mut().zip(received) {
            *place = *byte;
        }
    }

    /// Reads once into the free part and returns the number of bytes.
    fn read(&mut self, mut stream: &TcpStream) -> io::Result<usize> {
        let free = self.input.get_mut(self.filled..).unwrap_or_default();
        let read = loop {
            match stream.read(free) {
                Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.filled += read;
        Ok(read)
    }

    /// The bytes of replies written in this session.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    fn is_full(&self) -> bool {
        self.filled == self.input.len()
    }

    /// Moves unprocessed input to the front. Grows the buffer if the last read filled it.
    fn make_room(&mut self, consumed: usize) {
        let was_full = self.is_full();
        self.input.copy_within(consumed..self.filled, 0);
        self.filled -= consumed;
        let most = INPUT_MAX.max(self.longest_command);
        if was_full && self.input.len() < most {
            self.input.resize((self.input.len() * 4).min(most), 0);
        }
    }
}

/// The outcome of a session, and the way to close its connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    pub(crate) outcome: Outcome,
    pub(crate) closing: Closing,
}

/// The way to close a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    /// Immediately: no unread input can be there.
    AtOnce,
    /// First the server's side, the rest when the client has closed too.
    Linger,
    /// With a reset, so that the kernel does not keep replies that the client did not take.
    Reset,
}

/// One read in this many is timed.
const TIMED: u32 = 64;

/// Times a small sample of the answers, because a clock reading per answer would cost too much.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch {
    reads: u32,
}

impl Stopwatch {
    /// The present moment, if the next answer is to be timed.
    fn start(&mut self) -> Option<Instant> {
        self.reads = self.reads.wrapping_add(1);
        self.reads.is_multiple_of(TIMED).then(Instant::now)
    }
}

/// The parts that a worker needs to serve one session.
#[derive(Debug)]
pub(crate) struct Session<'a, R> {
    pub(crate) stream: &'a TcpStream,
    pub(crate) slot: &'a Slot,
    pub(crate) clock: &'a CoarseClock,
    pub(crate) life: &'a Life,
    pub(crate) queue: &'a Queue<Box<Arrival>>,
    pub(crate) buffers: &'a mut Buffers,
    pub(crate) responder: &'a mut R,
    pub(crate) stopwatch: &'a mut Stopwatch,
    pub(crate) counters: &'a Shard,
}

impl<R: Responder> Session<'_, R> {
    /// Serves the session to its end. Either the client or the reaper ends it. The reaper limits every wait
    /// in here by shutting the connection down.
    pub(crate) fn run(mut self) -> Ending {
        match self.greet() {
            Ok(None) => {}
            Ok(Some(ending)) => return ending,
            Err(err) => return self.after_error(&err),
        }
        let mut commands = 0;
        let mut command_begun = None;
        let mut read = self.buffers.filled as u64;
        // The bytes that the acceptor received count as the first read.
        let mut is_received = read > 0;
        loop {
            if !mem::take(&mut is_received) {
                match self.buffers.read(self.stream) {
                    Ok(0) => return self.at_end_of_stream(),
                    Ok(bytes) => read += bytes as u64,
                    Err(err) => return self.after_error(&err),
                }
            }
            self.slot.enter(State::Working, self.clock.now());
            let timed = self.stopwatch.start();
            let answered = match self.answer() {
                Ok(answered) => answered,
                Err(err) => return self.after_error(&err),
            };
            if let Some(began) = timed {
                self.counters.answered(began.elapsed());
            }
            if answered.commands > 0 {
                commands += answered.commands;
                command_begun = None;
                self.slot.count(answered.commands);
            }
            if let Some(ending) = answered.ending {
                return ending;
            }
            if answered.commands > 0 {
                // A client that has just been answered may have sent more.
                if self.is_drained(read) {
                    return lingering(Outcome::Drained);
                }
                if self.slot.gives_way(self.clock.now()) && self.queue.claim(Instant::now()) {
                    return lingering(Outcome::Reclaimed);
                }
            }
            self.slot.note_read(read);
            command_begun = self.await_input(command_begun);
            if self.slot.termination() == Some(Termination::SessionTimeout) {
                return at_once(Outcome::SessionTimeout);
            }
            // A client that has sent several commands will send another. The yield lets other threads run
            // first, on a busy machine often that client. Then its next command is already here, and
            // neither thread has to sleep and be woken. Measured: a third more commands a second. A client
            // with one command usually disconnects, so no yield.
            if commands > 1 {
                thread::yield_now();
            }
        }
    }

    /// Sends the service's greeting, if there is one. Returns the ending if the session ends with it.
    fn greet(&mut self) -> io::Result<Option<Ending>> {
        let then = self.responder.greet(&mut self.buffers.replies);
        if !self.buffers.replies.is_empty() {
            self.write(&mut None)?;
            self.slot.enter(State::Awaiting, self.clock.now());
        }
        Ok(match then {
            Then::Resume | Then::Read => None,
            // The client may have sent bytes that will never be read.
            Then::Finish => Some(lingering(Outcome::Quit)),
            Then::Reject => Some(lingering(Outcome::Rejected)),
        })
    }

    /// Whether the session ends here because the server drains and all received commands are answered. The
    /// reaper would hardly ever find a client between two commands that sends without a pause.
    fn is_drained(&self, read: u64) -> bool {
        self.life.phase() == Phase::Draining
            && self.buffers.filled == 0
            && self.stream.is_silent(read)
    }

    /// Publishes the worker's wait, and returns the begin of an incomplete command. More bytes do not change
    /// that begin, so a trickle cannot postpone the command's deadline.
    fn await_input(&self, begun: Option<Tick>) -> Option<Tick> {
        let now = self.clock.now();
        if self.buffers.filled == 0 {
            self.slot.enter(State::Awaiting, now);
            return None;
        }
        let begun = begun.unwrap_or(now);
        self.slot.enter(State::Reading, begun);
        Some(begun)
    }

    /// Answers every complete command in the input. Writes all replies at once, unless they reach the
    /// limit.
    fn answer(&mut self) -> io::Result<Answered> {
        let mut commands = 0;
        let mut consumed = 0;
        let mut writing = None;
        loop {
            let filled = self.buffers.filled;
            let input = self.buffers.input.get(consumed..filled).unwrap_or_default();
            let progress = self.responder.respond(input, &mut self.buffers.replies);
            consumed += progress.consumed;
            commands += u64::from(progress.commands);
            self.write(&mut writing)?;
            let outcome = match progress.then {
                Then::Resume => continue,
                Then::Read => {
                    self.buffers.make_room(consumed);
                    return Ok(Answered {
                        commands,
                        ending: None,
                    });
                }
                Then::Finish => Outcome::Quit,
                Then::Reject => Outcome::Rejected,
            };
            let input_may_be_left = consumed < filled || self.buffers.is_full();
            let ending = Some(if outcome == Outcome::Quit && !input_may_be_left {
                at_once(outcome)
            } else {
                lingering(outcome)
            });
            return Ok(Answered { commands, ending });
        }
    }

    /// Writes the collected replies. `begun` is the begin of the first write for this input, so many small
    /// writes share one time limit.
    fn write(&mut self, begun: &mut Option<Tick>) -> io::Result<()> {
        if self.buffers.replies.is_empty() {
            return Ok(());
        }
        let begun = *begun.get_or_insert_with(|| self.clock.now());
        self.slot.enter(State::Writing, begun);
        let mut stream = self.stream;
        // Counted before the write, because a failed write may have sent some bytes.
        self.buffers.written += self.buffers.replies.len() as u64;
        stream.write_all(&self.buffers.replies)?;
        self.buffers.replies.clear();
        // Otherwise a worker that is delayed after the write would look as if its client took no replies.
        self.slot.enter(State::Working, self.clock.now());
        Ok(())
    }

    /// The ending at end of stream: the client closed its side, or the reaper shut it.
    fn at_end_of_stream(&self) -> Ending {
        match self.slot.termination() {
            // The client's next command may have arrived. A close with unread input would send a reset and
            // could destroy the last reply.
            Some(termination) => lingering(termination.outcome()),
            None if self.buffers.filled == 0 => at_once(Outcome::ClientClosed),
            None => at_once(Outcome::Truncated),
        }
    }

    /// The ending after a failed read or write: the client reset the connection, or the reaper shut it.
    fn after_error(&self, err: &io::Error) -> Ending {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, TimedOut};
        if let Some(termination) = self.slot.termination() {
            return Ending {
                outcome: termination.outcome(),
                closing: Closing::Reset,
            };
        }
        at_once(match err.kind() {
            ConnectionReset | ConnectionAborted | BrokenPipe | TimedOut => Outcome::Reset,
            _ => Outcome::Io,
        })
    }
}

/// The result of answering the commands in the input.
struct Answered {
    commands: u64,
    ending: Option<Ending>,
}

fn at_once(outcome: Outcome) -> Ending {
    Ending {
        outcome,
        closing: Closing::AtOnce,
    }
}

fn lingering(outcome: Outcome) -> Ending {
    Ending {
        outcome,
        closing: Closing::Linger,
    }
}
