//! One thread, epoll and fixed bytes: what an event loop costs at least.

use std::io::{self, Read, Write};
use std::net::TcpListener as StdListener;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token};

use crate::wire::{FIXED_REPLY, QUIT, REPLY_LEN, TIME};

const LISTENER: Token = Token(usize::MAX);

/// The most that one wake-up reports.
const EVENTS: usize = 1024;

/// The bytes taken by one read.
const READ_LEN: usize = 4096;

/// The prefilled replies; more than one read can ask for.
const PREFILLED: usize = READ_LEN / TIME.len() + 2;

/// Answers all connections from the calling thread.
pub(super) fn serve(listener: StdListener) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let mut listener = TcpListener::from_std(listener);
    let mut poll = Poll::new()?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut events = Events::with_capacity(EVENTS);
    let mut connections = Slab::default();
    let mut scratch = Scratch::new();
    loop {
        match poll.poll(&mut events, None) {
            Err(err) if err.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        }
        for event in &events {
            if event.token() == LISTENER {
                accept_all(&listener, poll.registry(), &mut connections)?;
            } else if let Some(connection) = connections.at(event.token()) {
                // A failed connection has no one left to tell, and goes as an ended one does.
                match connection.advance(poll.registry(), event.token(), &mut scratch) {
                    Ok(Session::Open) => {}
                    Ok(Session::Ended) | Err(_) => connections.remove(event.token()),
                }
            }
        }
    }
}

fn accept_all(
    listener: &TcpListener,
    registry: &Registry,
    connections: &mut Slab,
) -> io::Result<()> {
    loop {
        match listener.accept() {
            Ok((mut stream, _)) => {
                let token = connections.free_token();
                registry.register(&mut stream, token, Interest::READABLE)?;
                connections.insert(token, Connection::new(stream));
            }
            Err(err) if err.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(err) => return Err(err),
        }
    }
}

/// What is left of a session after a wake-up.
enum Session {
    Open,
    Ended,
}

/// The buffers that all connections share.
struct Scratch {
    read: [u8; READ_LEN],
    replies: Vec<u8>,
}

impl Scratch {
    fn new() -> Self {
        Self {
            read: [0; READ_LEN],
            replies: FIXED_REPLY.repeat(PREFILLED),
        }
    }
}

struct Connection {
    stream: TcpStream,
    // Bytes of a command whose rest is still to come.
    unanswered: usize,
    // Bytes of replies that the socket would not take yet; being fixed, a count holds them.
    owed: usize,
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            unanswered: 0,
            owed: 0,
        }
    }

    /// Reads until the socket is drained, and answers each read with one write.
    fn advance(
        &mut self,
        registry: &Registry,
        token: Token,
        scratch: &mut Scratch,
    ) -> io::Result<Session> {
        if self.owed > 0 {
            self.write_owed(registry, token, &scratch.replies)?;
        }
        loop {
            let read = match self.stream.read(&mut scratch.read) {
                Err(err) if err.kind() == io::ErrorKind::WouldBlock => return Ok(Session::Open),
                other => other?,
            };
            let quits = scratch.read[..read].ends_with(QUIT);
            self.unanswered += if quits { read - QUIT.len() } else { read };
            self.owed += self.unanswered / TIME.len() * REPLY_LEN;
            self.unanswered %= TIME.len();
            if self.owed > 0 {
                self.write_owed(registry, token, &scratch.replies)?;
            }
            if quits || read == 0 {
                return Ok(Session::Ended);
            }
            // A short read has emptied the socket: asking again would only hear that.
            if read < READ_LEN {
                return Ok(Session::Open);
            }
        }
    }

    fn write_owed(&mut self, registry: &Registry, token: Token, replies: &[u8]) -> io::Result<()> {
        while self.owed > 0 {
            let phase = (REPLY_LEN - self.owed % REPLY_LEN) % REPLY_LEN;
            let end = replies.len().min(phase + self.owed);
            match self.stream.write(&replies[phase..end]) {
                Ok(written) => self.owed -= written,
                Err(err) if err.kind() == io::ErrorKind::WouldBlock => {
                    let both = Interest::READABLE | Interest::WRITABLE;
                    return registry.reregister(&mut self.stream, token, both);
                }
                Err(err) => return Err(err),
            }
        }
        Ok(())
    }
}

/// Connections by token; the places of ended ones are used again.
#[derive(Default)]
struct Slab {
    places: Vec<Option<Connection>>,
    free: Vec<usize>,
}

impl Slab {
    fn free_token(&mut self) -> Token {
        Token(self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            self.places.len() - 1
        }))
    }

    fn insert(&mut self, token: Token, connection: Connection) {
        self.places[token.0] = Some(connection);
    }

    fn at(&mut self, token: Token) -> Option<&mut Connection> {
        self.places[token.0].as_mut()
    }

    /// Closes the connection; the kernel forgets its registration with it.
    fn remove(&mut self, token: Token) {
        self.places[token.0] = None;
        self.free.push(token.0);
    }
}
