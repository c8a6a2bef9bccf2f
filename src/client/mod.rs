//! The client: connects to a time server, asks for the time and closes the session in order.
//!
//! Every wait has one limit: connecting (resolving included), each reply, and the close that
//! answers `QUIT`.

pub mod admin;
mod connect;
mod deadline;
mod error;
mod quoted;
mod reply;
mod target;
mod wire;

use std::io::{self, ErrorKind};
use std::mem;
use std::net::SocketAddr;
use std::time::Duration;

pub use error::{Attempt, ClientError};
pub use quoted::Quoted;
pub use reply::{Reply, TimeOfDay};
pub use target::{Target, TargetError};

use deadline::Deadline;
use quoted::named;
use wire::Wire;

use crate::protocol::{LINE_END, QUIT, TIME};

/// The longest line a client sends, without its line end; a server of this program reads no longer line.
pub const LONGEST_LINE_BYTES: usize = 64 * 1024;

/// The longest accepted reply; the longest regular reply has a few dozen bytes.
pub const LONGEST_REPLY_BYTES: usize = 512;

/// The most bytes read and discarded between `QUIT` and the close. Without it, a server that never stops
/// sending would be read until the timeout.
const MOST_FAREWELL_BYTES: usize = 64 * 1024;

/// The client's side of one session.
#[derive(Debug)]
pub struct Client {
    wire: Wire,
    server: SocketAddr,
    timeout: Duration,
    /// Bytes received from the server and not yet returned as a reply.
    heard: Vec<u8>,
}

impl Client {
    /// Connects to the first address of `target` that answers; `timeout` is the limit of every later wait
    /// too.
    ///
    /// # Errors
    ///
    /// The name does not resolve, or no address accepts the connection, within `timeout`.
    pub fn connect(target: &Target, timeout: Duration) -> Result<Self, ClientError> {
        let (stream, server) = connect::connect(target, timeout)?;
        Ok(Self {
            wire: Wire::new(stream),
            server,
            timeout,
            heard: Vec::new(),
        })
    }

    /// The address of the server.
    pub fn server(&self) -> SocketAddr {
        self.server
    }

    /// The local address of the connection. A server that is reached directly sees this address.
    /// `None` if the system does not report it.
    pub fn own_address(&self) -> Option<SocketAddr> {
        self.wire.own_address().ok()
    }

    /// Asks for the time.
    ///
    /// # Errors
    ///
    /// No reply came within the timeout, or it was not a time.
    pub fn ask(&mut self) -> Result<TimeOfDay, ClientError> {
        let reply = self.send_line(TIME)?;
        let (from, said) = (self.server, Quoted::from(reply.line()));
        match reply.time() {
            Some(time) => Ok(time),
            None if reply.is_error() => Err(ClientError::ErrorReply { from, reply: said }),
            None => Err(ClientError::BadReply { from, reply: said }),
        }
    }

    /// Sends any line and returns the reply of any kind; `line` has no line end.
    ///
    /// # Errors
    ///
    /// The line is too long, or no reply came within the timeout.
    pub fn send_line(&mut self, line: &[u8]) -> Result<Reply, ClientError> {
        if line.len() > LONGEST_LINE_BYTES {
            return Err(ClientError::LineTooLong { line: line.into() });
        }
        let deadline = Deadline::after(self.timeout);
        match self.overhear(line)? {
            Overheard::Nothing => self.send(line, &deadline)?,
            // Data sent to a closing server can cause a reset that destroys its last reply.
            Overheard::Refusal => {}
            Overheard::Chatter => {
                return Err(ClientError::Unasked {
                    from: self.server,
                    command: named(line),
                    said: self.heard.as_slice().into(),
                });
            }
        }
        self.await_reply(line, &deadline)
    }

    /// Sends `QUIT` and waits for the server to close the session.
    ///
    /// # Errors
    ///
    /// The server did not close within the timeout, or the session broke instead.
    pub fn quit(mut self) -> Result<(), ClientError> {
        let deadline = Deadline::after(self.timeout);
        match self.overhear(QUIT) {
            Err(ClientError::ClosedBefore { .. }) => return Ok(()),
            overheard => overheard?,
        };
        self.send(QUIT, &deadline)?;
        self.await_close(&deadline)
    }

    /// Reads data that the server sent without a command, without waiting.
    fn overhear(&mut self, command: &[u8]) -> Result<Overheard, ClientError> {
        if self.heard.is_empty() {
            let mut chunk = [0; LONGEST_REPLY_BYTES];
            match self.wire.overhear(&mut chunk) {
                Ok(None) => return Ok(Overheard::Nothing),
                Ok(Some(0)) => {
                    return Err(ClientError::ClosedBefore {
                        from: self.server,
                        command: named(command),
                    });
                }
                Ok(Some(n)) => self.heard.extend(chunk.iter().take(n)),
                Err(err) => return Err(self.broken(command, err)),
            }
        }
        Ok(if self.heard.starts_with(b"ERROR") {
            Overheard::Refusal
        } else {
            Overheard::Chatter
        })
    }

    /// Writes a command and its line end in one piece.
    fn send(&mut self, command: &[u8], deadline: &Deadline) -> Result<(), ClientError> {
        let line = [command, LINE_END].concat();
        match self.wire.send(&line, deadline) {
            Ok(()) => Ok(()),
            Err(err) if err.kind() == ErrorKind::TimedOut => Err(ClientError::NotTaken {
                from: self.server,
                command: named(command),
                waited: self.timeout,
            }),
            Err(err) => Err(self.broken(command, err)),
        }
    }

    /// Reads until a line is complete, the deadline is reached or the reply is too long.
    fn await_reply(&mut self, command: &[u8], deadline: &Deadline) -> Result<Reply, ClientError> {
        let mut chunk = [0; LONGEST_REPLY_BYTES];
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.heard) {
                let rest = self.heard.split_off(end + 1);
                return Ok(Reply::new(mem::replace(&mut self.heard, rest)));
            }
            let room = LONGEST_REPLY_BYTES.saturating_sub(self.heard.len());
            let Some(room) = chunk.get_mut(..room).filter(|room| !room.is_empty()) else {
                return Err(ClientError::Endless {
                    from: self.server,
                    command: named(command),
                    heard: self.heard.as_slice().into(),
                });
            };
            match self.wire.hear(room, deadline) {
                Ok(0) => {
                    return Err(ClientError::Closed {
                        from: self.server,
                        command: named(command),
                        heard: self.heard.as_slice().into(),
                    });
                }
                Ok(n) => self.heard.extend(room.iter().take(n)),
                Err(err) if err.kind() == ErrorKind::TimedOut => {
                    return Err(ClientError::NoReply {
                        from: self.server,
                        command: named(command),
                        waited: self.timeout,
                        heard: self.heard.as_slice().into(),
                    });
                }
                Err(err) => return Err(self.broken(command, err)),
            }
        }
    }

    /// Reads and discards until the server closes, the deadline is reached or too many bytes have come.
    fn await_close(&mut self, deadline: &Deadline) -> Result<(), ClientError> {
        let mut chunk = [0; 4096];
        let mut farewell_bytes = 0;
        while farewell_bytes < MOST_FAREWELL_BYTES {
            match self.wire.hear(&mut chunk, deadline) {
                Ok(0) => return Ok(()),
                Ok(n) => farewell_bytes += n,
                Err(err) if err.kind() == ErrorKind::TimedOut => break,
                Err(err) => return Err(self.broken(QUIT, err)),
            }
        }
        Err(ClientError::NotClosed {
            from: self.server,
            waited: self.timeout,
        })
    }

    fn broken(&self, command: &[u8], err: io::Error) -> ClientError {
        ClientError::Broken {
            from: self.server,
            command: named(command),
            err,
        }
    }
}

/// Data that the server sent while it owed no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Overheard {
    Nothing,
    /// An `ERROR` line: a busy server refuses a session before any command.
    Refusal,
    /// Any other data; the next reply could not be distinguished from it.
    Chatter,
}
