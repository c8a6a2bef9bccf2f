//! The client: connects to a time server, asks, and leaves politely.
//!
//! Every wait has a limit, the same for each: connecting (resolving included), each reply, and the
//! close that answers `QUIT`.

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

/// The longest line a client sends, without its line end; no server here reads a longer one.
pub const LONGEST_LINE_BYTES: usize = 64 * 1024;

/// The longest line a client takes for a reply; the longest there should be has a few dozen bytes.
pub const LONGEST_REPLY_BYTES: usize = 512;

/// As much as is read and thrown away between `QUIT` and the close, so that a server that talks
/// without end is not listened to until the timeout.
const MOST_FAREWELL_BYTES: usize = 64 * 1024;

/// One session with a server, seen from its client.
#[derive(Debug)]
pub struct Client {
    wire: Wire,
    server: SocketAddr,
    timeout: Duration,
    /// What the server has sent and nobody has read as a reply yet.
    heard: Vec<u8>,
}

impl Client {
    /// Connects to the first address of `target` that answers; `timeout` is the limit of every
    /// wait from here on.
    ///
    /// # Errors
    ///
    /// The name does not resolve, or no address takes the connection, within `timeout`.
    pub fn connect(target: &Target, timeout: Duration) -> Result<Self, ClientError> {
        let (stream, server) = connect::connect(target, timeout)?;
        Ok(Self {
            wire: Wire::new(stream),
            server,
            timeout,
            heard: Vec::new(),
        })
    }

    /// The address that took the connection.
    pub fn server(&self) -> SocketAddr {
        self.server
    }

    /// The address this client has on this machine, by which a server that is not behind anything else
    /// knows it; nothing if the system does not say.
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

    /// Sends any line and returns the reply, whatever it says; `line` has no line end.
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
            // What is sent to a server that is closing can destroy its last words on their way.
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

    /// Takes in what the server has said without being asked, and does not wait for it.
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

    /// Reads until a line is complete; ends at the deadline or at the longest reply.
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

    /// Reads and forgets until the server closes; ends at the deadline or after too many words.
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

/// What a server has said while it owed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Overheard {
    Nothing,
    /// It will not serve this session: a full queue is announced before any command.
    Refusal,
    /// Anything else; the next reply could no longer be told from it.
    Chatter,
}
