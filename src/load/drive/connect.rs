//! Non-blocking connections, made from each local address in turn.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};

use mio::net::TcpStream;
use nix::errno::Errno;
use nix::sys::socket::{setsockopt, sockopt};
use socket2::{Domain, Socket, Type};

use crate::load::result::Failure;

/// The server's address, and the local addresses to connect from in turn.
#[derive(Debug, Clone)]
pub(super) struct Road {
    server: SocketAddr,
    sources: Vec<IpAddr>,
    next: usize,
}

impl Road {
    /// A road from the given addresses, starting after index `first`. Without addresses the system chooses.
    pub(super) fn new(server: SocketAddr, sources: Vec<IpAddr>, first: usize) -> Self {
        Self {
            server,
            sources,
            next: first,
        }
    }

    pub(super) fn connect(&mut self) -> io::Result<TcpStream> {
        if self.sources.is_empty() {
            return TcpStream::connect(self.server);
        }
        self.next = (self.next + 1) % self.sources.len();
        let source = self.sources.get(self.next).copied();
        connect_from(source.unwrap_or(self.server.ip()), self.server)
    }
}

fn connect_from(source: IpAddr, server: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(server), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    // Otherwise the port is chosen before the server is known, and used for one server only.
    #[cfg(target_os = "linux")]
    setsockopt(&socket, sockopt::IpBindAddressNoPort, &true)?;
    socket.bind(&SocketAddr::new(source, 0).into())?;
    match socket.connect(&server.into()) {
        Err(err) if !is_under_way(&err) => Err(err),
        _ => Ok(TcpStream::from_std(socket.into())),
    }
}

fn is_under_way(err: &io::Error) -> bool {
    err.kind() == ErrorKind::WouldBlock || is(err, Errno::EINPROGRESS)
}

/// Whether an error only means that the connection is not established yet.
pub(super) fn is_early(err: &io::Error) -> bool {
    matches!(err.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected)
}

/// Whether a socket is connected to itself.
///
/// The port of the time service lies in Linux's range for outgoing connections. Without a listener on
/// this machine, a connection can be given that port and so reach itself.
pub(super) fn reached_itself(stream: &TcpStream) -> bool {
    matches!((stream.local_addr(), stream.peer_addr()), (Ok(local), Ok(peer)) if local == peer)
}

/// The failure to report for a connection error.
pub(super) fn failure(err: &io::Error) -> Failure {
    match err.kind() {
        ErrorKind::ConnectionRefused => Failure::Refused,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Failure::ConnectReset,
        ErrorKind::TimedOut => Failure::ConnectTimedOut,
        ErrorKind::AddrNotAvailable | ErrorKind::AddrInUse => Failure::NoPort,
        _ if is(err, Errno::EMFILE) || is(err, Errno::ENFILE) => Failure::NoDescriptor,
        _ => Failure::Unreachable,
    }
}

fn is(err: &io::Error, errno: Errno) -> bool {
    err.raw_os_error() == Some(errno as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn connections_come_from_each_source_in_turn() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let sources: crate::load::Sources = "127.0.0.2,127.0.0.3".parse().unwrap();
        let server = listener.local_addr().unwrap();
        let mut road = Road::new(server, sources.addresses(), 0);
        let mut from = || {
            let _stream = road.connect().unwrap();
            listener.accept().unwrap().1.ip().to_string()
        };
        let came = [from(), from(), from()];
        assert_eq!(came, ["127.0.0.3", "127.0.0.2", "127.0.0.3"]);
    }

    #[test]
    fn each_reason_not_to_connect_is_its_own_failure() {
        for (errno, failed) in [
            (Errno::ECONNREFUSED, Failure::Refused),
            (Errno::ECONNRESET, Failure::ConnectReset),
            (Errno::ETIMEDOUT, Failure::ConnectTimedOut),
            (Errno::EADDRNOTAVAIL, Failure::NoPort),
            (Errno::EMFILE, Failure::NoDescriptor),
            (Errno::ENFILE, Failure::NoDescriptor),
            (Errno::EHOSTUNREACH, Failure::Unreachable),
            (Errno::EACCES, Failure::Unreachable),
        ] {
            assert_eq!(failure(&errno.into()), failed, "{errno}");
        }
    }
}
