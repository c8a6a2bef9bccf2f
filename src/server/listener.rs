//! The sockets that listen: how they are bound, and how they stop without losing a client.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use nix::errno::Errno;
use socket2::{Domain, Protocol, Socket, Type};

use super::service::REPLIES_LIMIT;

/// How the listening sockets are set up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    /// Connections the kernel may hold until they are accepted; it applies its own bound as well.
    pub(super) backlog: u32,
    /// How long the kernel holds back a client that has sent nothing.
    pub(super) defer_accept: Option<Duration>,
}

/// What the kernel takes of a client's replies before the client reads them; Linux doubles it for its
/// own needs. Left to itself it would grow to megabytes for one that asks and never reads, at the cost
/// of that much memory and of the time it takes to fill. One batch of replies fits.
const SEND_BUFFER_BYTES: usize = REPLIES_LIMIT;

/// Binds a non-blocking listener. Accepted connections inherit its options, so that none has to be
/// set again for each of them.
///
/// An IPv6 wildcard takes IPv4 clients too; where the machine has no IPv6 it falls back to the IPv4
/// wildcard, which the address of the listener then shows.
pub(super) fn bind(addr: SocketAddr, options: Options) -> io::Result<TcpListener> {
    match bind_exactly(addr, options) {
        Err(err) if has_no_ipv6(&err) && addr.is_ipv6() && addr.ip().is_unspecified() => {
            let every_ipv4 = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), addr.port());
            bind_exactly(every_ipv4, options)
        }
        bound => bound,
    }
}

fn bind_exactly(addr: SocketAddr, options: Options) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    if addr.is_ipv6() {
        socket.set_only_v6(!addr.ip().is_unspecified())?;
    }
    // A restarted server must not wait for its predecessor's closed connections to be forgotten.
    socket.set_reuse_address(true)?;
    socket.set_tcp_nodelay(true)?;
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.bind(&addr.into())?;
    #[cfg(target_os = "linux")]
    if let Some(limit) = options.defer_accept {
        super::socket_options::defer_accept(&socket, limit)?;
    }
    socket.listen(i32::try_from(options.backlog).unwrap_or(i32::MAX))?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

fn has_no_ipv6(err: &io::Error) -> bool {
    matches!(
        errno(err),
        Some(Errno::EAFNOSUPPORT | Errno::EADDRNOTAVAIL | Errno::EPROTONOSUPPORT)
    )
}

pub(super) fn errno(err: &io::Error) -> Option<Errno> {
    err.raw_os_error().map(Errno::from_raw)
}

/// Lets no new client begin a handshake, while those that have begun one still complete it.
///
/// Without this a client could connect between the last accept and the close of the listener, and
/// would be reset. The filter is classic BPF over the TCP header: drop the segment whose flags, in
/// the byte at 13, are SYN without ACK. Elsewhere than on Linux that small window stays open.
pub(super) fn stop_handshakes(listener: &TcpListener) {
    #[cfg(target_os = "linux")]
    {
        use socket2::{SockFilter, SockRef};
        const LOAD_BYTE: u16 = 0x30;
        const AND: u16 = 0x54;
        const JUMP_IF_EQUAL: u16 = 0x15;
        const RETURN: u16 = 0x06;
        const SYN: u32 = 0x02;
        const ACK: u32 = 0x10;
        const FLAGS: u32 = 13;
        const DROP: u32 = 0;
        const KEEP: u32 = u32::MAX;
        let drop_syn = [
            SockFilter::new(LOAD_BYTE, 0, 0, FLAGS),
            SockFilter::new(AND, 0, 0, SYN | ACK),
            SockFilter::new(JUMP_IF_EQUAL, 0, 1, SYN),
            SockFilter::new(RETURN, 0, 0, DROP),
            SockFilter::new(RETURN, 0, 0, KEEP),
        ];
        if let Err(err) = SockRef::from(listener).attach_filter(&drop_syn) {
            tracing::debug!(%err, "clients may still connect while the listener closes");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = listener;
}
