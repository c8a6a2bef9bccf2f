//! A server with minimal work for each command, to measure the ceiling of the load generator.
//! An event loop for each core tells the time and closes on request. The loops share all connections.
//! There is no queue, no worker and no counter.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{self, Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::thread::{self, JoinHandle};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token, Waker};

use crate::clock::{SystemClock, Zone};
use crate::server::{Responder, Service, Then};
use crate::service::{TimeResponder, TimeService};

/// The events of one poll.
const EVENTS: usize = 1024;

/// The bytes of one read.
const CHUNK: usize = 16 << 10;

/// The longest command, as in an unconfigured server.
const MAX_LINE: usize = 512;

const WAKER: Token = Token(0);
const LISTENER: Token = Token(1);

/// The token of the first connection; further connections count up from it.
const FIRST: usize = 2;

/// A server that listens until it is dropped.
#[derive(Debug)]
pub(crate) struct NullService {
    address: SocketAddr,
    threads: Vec<(Waker, JoinHandle<()>)>,
}

impl NullService {
    /// Listens on a free port of the loopback interface, with this number of threads.
    pub(crate) fn start(threads: usize) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let listener = net::TcpListener::from(OwnedFd::from(listener));
        let mut responder = Self {
            address: listener.local_addr()?,
            threads: Vec::new(),
        };
        for _ in 0..threads.max(1) {
            let answering = Answering::new(listener.try_clone()?);
            responder.threads.push(answering.start()?);
        }
        Ok(responder)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for NullService {
    fn drop(&mut self) {
        for (waker, thread) in self.threads.drain(..) {
            if waker.wake().is_ok() {
                // A panic of the thread has already printed its message.
                let _ = thread.join();
            }
        }
    }
}

/// The state of one thread.
struct Answering {
    listener: TcpListener,
    responder: TimeResponder<SystemClock>,
    connections: HashMap<Token, Connection>,
    next: usize,
    chunk: Vec<u8>,
}

/// One connection, with its unanswered input and unsent replies.
struct Connection {
    stream: TcpStream,
    input: Vec<u8>,
    replies: Vec<u8>,
    /// Whether to close after the pending replies, without more reads.
    closes: bool,
}

/// The event that a connection waits for.
enum Sequel {
    /// More input.
    Read,
    /// Room for pending replies.
    Write,
    /// None: the connection is over.
    End,
}

impl Answering {
    fn new(listener: net::TcpListener) -> Self {
        let service = TimeService::new(SystemClock, Zone::Utc, MAX_LINE);
        Self {
            listener: TcpListener::from_std(listener),
            responder: service.responder(),
            connections: HashMap::new(),
            next: FIRST,
            chunk: vec![0; CHUNK],
        }
    }

    /// Starts a thread that answers until it is woken.
    fn start(mut self) -> io::Result<(Waker, JoinHandle<()>)> {
        let poll = Poll::new()?;
        let registry = poll.registry();
        registry.register(&mut self.listener, LISTENER, Interest::READABLE)?;
        let waker = Waker::new(registry, WAKER)?;
        let thread = thread::Builder::new().name("responder".to_owned());
        let thread = thread.spawn(move || self.run(poll))?;
        Ok((waker, thread))
    }

    fn run(mut self, mut poll: Poll) {
        let mut events = Events::with_capacity(EVENTS);
        // Ends when it is woken, or when polling fails.
        loop {
            match poll.poll(&mut events, None) {
                Err(err) if err.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return,
                Ok(()) => {}
            }
            for event in &events {
                match event.token() {
                    WAKER => return,
                    LISTENER => self.accept(poll.registry()),
                    token => self.answer(token, poll.registry()),
                }
            }
        }
    }

    /// Accepts all waiting clients. A client without a descriptor for it times out.
    fn accept(&mut self, registry: &Registry) {
        while let Ok((mut stream, _)) = self.listener.accept() {
            let token = Token(self.next);
            self.next += 1;
            let registered = registry.register(&mut stream, token, Interest::READABLE);
            if registered.is_ok() {
                self.connections.insert(token, Connection::new(stream));
            }
        }
    }

    fn answer(&mut self, token: Token, registry: &Registry) {
        let Some(connection) = self.connections.get_mut(&token) else {
            return;
        };
        let sequel = connection.advance(&mut self.responder, &mut self.chunk);
        let goes_on = match sequel {
            Ok(Sequel::Read) => true,
            Ok(Sequel::Write) => {
                let both = Interest::READABLE | Interest::WRITABLE;
                let stream = &mut connection.stream;
                registry.reregister(stream, token, both).is_ok()
            }
            Ok(Sequel::End) | Err(_) => false,
        };
        if !goes_on {
            self.connections.remove(&token);
        }
    }
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            input: Vec::new(),
            replies: Vec::new(),
            closes: false,
        }
    }

    /// Reads and answers until there is no more input, or until replies have to wait.
    fn advance(
        &mut self,
        responder: &mut TimeResponder<SystemClock>,
        chunk: &mut [u8],
    ) -> io::Result<Sequel> {
        let mut emptied = false;
        loop {
            while !self.replies.is_empty() {
                match self.stream.write(&self.replies) {
                    Ok(sent) => drop(self.replies.drain(..sent)),
                    Err(err) if err.kind() == ErrorKind::WouldBlock => return Ok(Sequel::Write),
                    Err(err) => return Err(err),
                }
            }
            if self.closes {
                return Ok(Sequel::End);
            }
            if emptied {
                return Ok(Sequel::Read);
            }
            match self.stream.read(chunk) {
                Ok(0) => return Ok(Sequel::End),
                Ok(read) => {
                    // Another read would only return `WouldBlock`. Later input is another event.
                    emptied = read < chunk.len();
                    self.input.extend(chunk.get(..read).unwrap_or_default());
                }
                Err(err) if err.kind() == ErrorKind::WouldBlock => return Ok(Sequel::Read),
                Err(err) => return Err(err),
            }
            self.respond(responder);
        }
    }

    /// Answers the complete commands.
    fn respond(&mut self, responder: &mut TimeResponder<SystemClock>) {
        loop {
            let progress = responder.respond(&self.input, &mut self.replies);
            self.input.drain(..progress.consumed);
            match progress.then {
                Then::Resume => {}
                Then::Read => return,
                Then::Finish | Then::Reject => {
                    self.closes = true;
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpStream;

    #[test]
    fn it_tells_the_time_as_often_as_it_is_asked_and_closes() {
        let responder = NullService::start(2).unwrap();
        for times in [1, 2, 5000] {
            let mut client = TcpStream::connect(responder.address()).unwrap();
            let mut asking = client.try_clone().unwrap();
            let asked = thread::spawn(move || {
                asking.write_all(&b"TIME\r\n".repeat(times)).unwrap();
                asking.write_all(b"QUIT\r\n").unwrap();
            });
            let mut answered = String::new();
            client.read_to_string(&mut answered).unwrap();
            asked.join().unwrap();
            assert_eq!(answered.lines().count(), times);
            assert!(answered.lines().all(|line| line.starts_with("JAM ")));
        }
    }
}
