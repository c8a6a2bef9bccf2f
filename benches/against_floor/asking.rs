//! A client that stays connected and asks for the time in bursts.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream as StdStream};

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use crate::load::{Client, Round};
use crate::running::PATIENCE;
use crate::wire::{self, REPLY_LEN, TIME};

/// One open session.
#[derive(Debug)]
pub(crate) struct AskingClient {
    stream: TcpStream,
    burst: u32,
    commands: Vec<u8>,
    replies: Vec<u8>,
    received: usize,
}

impl AskingClient {
    /// Connects and asks once, so that the measured interval finds the session being served.
    pub(crate) fn connect(
        server: SocketAddr,
        burst: usize,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        let mut stream = connect_blocking(server)?;
        ask_once(&mut stream)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        registry.register(&mut stream, token, Interest::READABLE)?;
        Ok(Self {
            stream,
            burst: u32::try_from(burst).map_err(io::Error::other)?,
            commands: TIME.repeat(burst),
            replies: vec![0; REPLY_LEN * burst],
            received: 0,
        })
    }

    /// Ends all sessions and waits until the server has ended them too.
    pub(crate) fn hang_up(clients: Vec<Self>) -> io::Result<()> {
        for client in &clients {
            client.stream.shutdown(Shutdown::Write)?;
        }
        for client in clients {
            let mut stream = StdStream::from(client.stream);
            stream.set_nonblocking(false)?;
            if stream.read(&mut [0])? > 0 {
                return Err(io::Error::other(
                    "the server sent what nobody had asked for",
                ));
            }
        }
        Ok(())
    }
}

impl Client for AskingClient {
    fn ops_per_round(&self) -> u32 {
        self.burst
    }

    fn begin(&mut self, _registry: &Registry) -> io::Result<()> {
        self.received = 0;
        // At most a few hundred bytes into an empty socket buffer: a short write is a fault.
        let sent = self.stream.write(&self.commands)?;
        if sent < self.commands.len() {
            return Err(io::ErrorKind::WriteZero.into());
        }
        Ok(())
    }

    fn advance(&mut self) -> io::Result<Round> {
        match self.stream.read(&mut self.replies[self.received..]) {
            Ok(0) => return Err(wire::ended_early()),
            Ok(read) => self.received += read,
            Err(err) if err.kind() == io::ErrorKind::WouldBlock => return Ok(Round::Open),
            Err(err) => return Err(err),
        }
        if self.received < self.replies.len() {
            return Ok(Round::Open);
        }
        wire::check_replies(&self.replies)?;
        Ok(Round::Complete)
    }
}

/// Connects with a deadline on whatever is read later.
pub(crate) fn connect_blocking(server: SocketAddr) -> io::Result<StdStream> {
    let stream = StdStream::connect_timeout(&server, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Asks for the time and waits for the reply.
pub(crate) fn ask_once(stream: &mut StdStream) -> io::Result<()> {
    stream.write_all(TIME)?;
    read_reply(stream)
}

/// Waits for one reply.
pub(crate) fn read_reply(stream: &mut StdStream) -> io::Result<()> {
    let mut reply = [0; REPLY_LEN];
    stream.read_exact(&mut reply)?;
    wire::check_replies(&reply)
}
