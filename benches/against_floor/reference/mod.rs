//! The reference servers, each run as a child of the measuring process.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process;
use std::thread;

use clap::ValueEnum;
use socket2::{Domain, Socket, Type};

mod event_loop;
mod floor;
mod spawn;

/// The kernel's queue of completed handshakes; std's 128 would drop some of a burst.
const BACKLOG: i32 = 4096;

/// The servers that jamd is measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reference {
    /// A thread per connection, fixed bytes, no parsing: what blocking sockets cost at least.
    Floor,
    /// A thread per connection that parses and formats honestly: the usual decent version.
    Spawn,
    /// One thread, epoll, fixed bytes.
    EventLoop,
}

impl Reference {
    /// The name on the command line and in the tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Spawn => "spawn",
            Self::EventLoop => "event-loop",
        }
    }

    /// Serves until the process is ended.
    pub(crate) fn serve(self) -> io::Result<()> {
        let listener = listen()?;
        end_with_parent()?;
        let mut stdout = io::stdout();
        writeln!(stdout, "listening on {}", listener.local_addr()?)?;
        stdout.flush()?;
        match self {
            Self::Floor => floor::serve(&listener),
            Self::Spawn => spawn::serve(&listener),
            Self::EventLoop => event_loop::serve(listener),
        }
    }
}

/// Options are set on the listener, which hands them on: no call per connection.
fn listen() -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_tcp_nodelay(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// The parent holds the other end of stdin, and lets go of it however it ends.
fn end_with_parent() -> io::Result<()> {
    thread::Builder::new().name("parent".into()).spawn(|| {
        // An error says the same as the end of the pipe: nobody is there.
        let _ = io::stdin().read(&mut [0]);
        process::exit(0);
    })?;
    Ok(())
}
