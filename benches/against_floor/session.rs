//! A client that connects, asks once, quits, sees the server close, and begins again.

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use crate::load::{Client, Round};
use crate::wire::{self, QUIT, REPLY_LEN, TIME};

/// One session after another.
///
/// All sessions come from one source address. The server closes first, so the states that linger
/// after a session are on its side, and the client's ports are free again at once.
#[derive(Debug)]
pub(crate) struct SessionClient {
    server: SocketAddr,
    token: Token,
    stage: Stage,
    reply: [u8; REPLY_LEN],
    received: usize,
}

/// Where a session stands.
#[derive(Debug)]
enum Stage {
    Closed,
    Connecting(TcpStream),
    Asked(TcpStream),
    Quit(TcpStream),
}

impl SessionClient {
    /// A client that has not connected yet.
    pub(crate) fn new(server: SocketAddr, token: Token) -> Self {
        Self {
            server,
            token,
            stage: Stage::Closed,
            reply: [0; REPLY_LEN],
            received: 0,
        }
    }

    fn ask(mut stream: TcpStream) -> io::Result<Stage> {
        if let Some(err) = stream.take_error()? {
            return Err(err);
        }
        match stream.write(TIME) {
            Ok(sent) if sent == TIME.len() => Ok(Stage::Asked(stream)),
            Ok(_) => Err(io::ErrorKind::WriteZero.into()),
            Err(err) if is_early(&err) => Ok(Stage::Connecting(stream)),
            Err(err) => Err(err),
        }
    }

    fn take_reply(&mut self, mut stream: TcpStream) -> io::Result<Stage> {
        match stream.read(&mut self.reply[self.received..]) {
            Ok(0) => return Err(wire::ended_early()),
            Ok(read) => self.received += read,
            Err(err) if is_early(&err) => {}
            Err(err) => return Err(err),
        }
        if self.received < REPLY_LEN {
            return Ok(Stage::Asked(stream));
        }
        wire::check_replies(&self.reply)?;
        match stream.write(QUIT)? {
            sent if sent == QUIT.len() => Ok(Stage::Quit(stream)),
            _ => Err(io::ErrorKind::WriteZero.into()),
        }
    }

    fn take_end(mut stream: TcpStream) -> io::Result<Stage> {
        match stream.read(&mut [0]) {
            Ok(0) => Ok(Stage::Closed),
            Ok(_) => Err(io::Error::other("the server must answer QUIT with its end")),
            Err(err) if is_early(&err) => Ok(Stage::Quit(stream)),
            Err(err) => Err(err),
        }
    }
}

impl Client for SessionClient {
    fn ops_per_round(&self) -> u32 {
        1
    }

    fn begin(&mut self, registry: &Registry) -> io::Result<()> {
        self.received = 0;
        // On loopback the handshake is mostly done when connect returns: ask without waiting.
        let mut stage = Self::ask(TcpStream::connect(self.server)?)?;
        match &mut stage {
            Stage::Connecting(stream) => {
                let both = Interest::READABLE | Interest::WRITABLE;
                registry.register(stream, self.token, both)?;
            }
            Stage::Asked(stream) => registry.register(stream, self.token, Interest::READABLE)?,
            Stage::Closed | Stage::Quit(_) => unreachable!("asking is the first thing done"),
        }
        self.stage = stage;
        Ok(())
    }

    fn advance(&mut self) -> io::Result<Round> {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Closed) {
            Stage::Closed => Stage::Closed,
            Stage::Connecting(stream) => Self::ask(stream)?,
            Stage::Asked(stream) => self.take_reply(stream)?,
            Stage::Quit(stream) => Self::take_end(stream)?,
        };
        Ok(match self.stage {
            Stage::Closed => Round::Complete,
            _ => Round::Open,
        })
    }
}

/// Whether the socket will be ready, but is not yet.
fn is_early(err: &io::Error) -> bool {
    matches!(
        err.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::NotConnected
    )
}
