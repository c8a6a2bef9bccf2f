//! The leanest client that still asks for the time and waits for it: what the kernel alone costs.
//!
//! It looks at the length of a reply and at nothing else, and at the clock once for all that comes
//! at a time.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream as StdStream};
use std::time::{Duration, Instant};

use jamd::protocol::{TIME_LINE, TIME_REPLY_BYTES};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::client::CLIENTS;
use crate::running::PATIENCE;

/// The most that one wake-up reports: as many as `jamd load` takes.
const EVENTS: usize = 256;

/// Loads a server, and prints how many replies came.
pub(crate) fn run(server: SocketAddr, span: Duration) -> io::Result<()> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(EVENTS);
    let mut streams = Vec::with_capacity(CLIENTS);
    for index in 0..CLIENTS {
        let stream = StdStream::connect_timeout(&server, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        let registry = poll.registry();
        registry.register(&mut stream, Token(index), Interest::READABLE)?;
        streams.push(stream);
    }
    let end = Instant::now() + span;
    for stream in &mut streams {
        ask(stream)?;
    }
    let mut replies = 0_u64;
    while Instant::now() < end {
        poll.poll(&mut events, Some(PATIENCE))?;
        for event in &events {
            let stream = &mut streams[event.token().0];
            if is_answered(stream)? {
                replies += 1;
                ask(stream)?;
            }
        }
    }
    println!("{replies}");
    Ok(())
}

fn ask(stream: &mut TcpStream) -> io::Result<()> {
    // Six bytes into an empty socket buffer: a short write is a fault.
    match stream.write(TIME_LINE)? {
        sent if sent == TIME_LINE.len() => Ok(()),
        _ => Err(ErrorKind::WriteZero.into()),
    }
}

fn is_answered(stream: &mut TcpStream) -> io::Result<bool> {
    let mut reply = [0; 2 * TIME_REPLY_BYTES];
    match stream.read(&mut reply) {
        Ok(TIME_REPLY_BYTES) => Ok(true),
        Ok(other) => Err(io::Error::other(format!(
            "a reply must have {TIME_REPLY_BYTES} bytes, got {other}"
        ))),
        Err(err) if err.kind() == ErrorKind::WouldBlock => Ok(false),
        Err(err) => Err(err),
    }
}
