//! The sockets that listen: how they are bound or taken over, and how they stop without losing a
//! client.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use nix::errno::Errno;
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::server::error::StartError;
use crate::server::service::REPLIES_LIMIT;
use crate::server::settings::Settings;

/// A listening socket, and whose it is.
#[derive(Debug)]
pub(crate) enum Listener {
    /// Bound here. Nobody else has it, so whoever still waits in it when it closes is reset.
    Own(TcpListener),
    /// Passed in by whoever started this process and kept open there: whoever waits in it when we
    /// close our handle is accepted by a successor.
    Passed(TcpListener),
}

impl Listener {
    pub(crate) fn is_own(&self) -> bool {
        matches!(self, Self::Own(_))
    }

    pub(crate) fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        self.socket().accept()
    }

    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.socket().local_addr()
    }

    fn socket(&self) -> &TcpListener {
        match self {
            Self::Own(socket) | Self::Passed(socket) => socket,
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket().as_fd()
    }
}

/// Where a server is going to accept from. Who connects meanwhile waits in the kernel.
#[derive(Debug)]
pub struct Listeners {
    pub(crate) sockets: Vec<Listener>,
    /// How many of them were passed in.
    pub(crate) passed: usize,
}

impl Listeners {
    /// Binds every address of the settings, in order, and then takes over what was passed in by whoever
    /// started this process.
    ///
    /// # Errors
    ///
    /// When an address cannot be bound.
    pub fn open(settings: &Settings, passed: Vec<TcpListener>) -> Result<Self, StartError> {
        let bind = |addr: &SocketAddr| {
            let addr = *addr;
            bind(addr, settings).map_err(|source| StartError::Bind { addr, source })
        };
        let adopt = |passed| adopt(passed, settings).map_err(StartError::Io);
        let own = settings.listen.iter().map(bind);
        let passed_in = passed.len();
        let sockets = own.chain(passed.into_iter().map(adopt));
        Ok(Self {
            sockets: sockets.collect::<Result<_, _>>()?,
            passed: passed_in,
        })
    }
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
fn bind(addr: SocketAddr, settings: &Settings) -> io::Result<Listener> {
    match bind_exactly(addr, settings) {
        Err(err) if has_no_ipv6(&err) && addr.is_ipv6() && addr.ip().is_unspecified() => {
            let every_ipv4 = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), addr.port());
            bind_exactly(every_ipv4, settings)
        }
        bound => bound,
    }
}

fn bind_exactly(addr: SocketAddr, settings: &Settings) -> io::Result<Listener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    if addr.is_ipv6() {
        socket.set_only_v6(!addr.ip().is_unspecified())?;
    }
    // A restarted server must not wait for its predecessor's closed connections to be forgotten.
    socket.set_reuse_address(true)?;
    if settings.reuse_port {
        socket.set_reuse_port(true)?;
    }
    socket.set_tcp_nodelay(true)?;
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    // Without it urgent bytes are counted as received and never read, and who has sent one is never
    // taken to be silent.
    socket.set_out_of_band_inline(true)?;
    limit_unacknowledged(&SockRef::from(&socket), settings.limits.write)?;
    socket.bind(&addr.into())?;
    #[cfg(target_os = "linux")]
    crate::server::socket_options::defer_accept(&socket, settings.defer_accept)?;
    // The kernel applies its own bound as well.
    socket.listen(i32::try_from(settings.backlog).unwrap_or(i32::MAX))?;
    socket.set_nonblocking(true)?;
    Ok(Listener::Own(socket.into()))
}

/// The shortest time after which the kernel gives up on replies that nobody acknowledges: a few lost packets
/// are no reason to.
const UNACKNOWLEDGED_MIN: Duration = Duration::from_secs(10);

/// Makes the kernel reset a connection whose client has acknowledged nothing for so long, also after the
/// server has closed it; left to itself it would try for minutes.
fn limit_unacknowledged(socket: &SockRef<'_>, write: Option<Duration>) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(write.map(|limit| limit.max(UNACKNOWLEDGED_MIN)))?;
    #[cfg(not(target_os = "linux"))]
    let _ = (socket, write);
    Ok(())
}

/// Takes over a listener that was passed in. Its backlog stays as whoever bound it set it.
///
/// The options are those of the socket, so they hold for the predecessor that still accepts from it
/// as well.
fn adopt(passed: TcpListener, settings: &Settings) -> io::Result<Listener> {
    passed.set_nonblocking(true)?;
    if let Err(err) = SockRef::from(&passed).set_tcp_nodelay(true) {
        tracing::warn!(%err, "small replies on a passed socket may wait for an acknowledgement");
    }
    SockRef::from(&passed).set_out_of_band_inline(true)?;
    if let Err(err) = SockRef::from(&passed).set_send_buffer_size(SEND_BUFFER_BYTES) {
        tracing::warn!(%err, "whoever never reads may fill a buffer of a passed socket without a bound");
    }
    limit_unacknowledged(&SockRef::from(&passed), settings.limits.write)?;
    #[cfg(target_os = "linux")]
    if let Err(err) = crate::server::socket_options::defer_accept(&passed, settings.defer_accept) {
        tracing::warn!(%err, "defer-accept stays as it was on a passed socket");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = defer_accept;
    Ok(Listener::Passed(passed))
}

fn has_no_ipv6(err: &io::Error) -> bool {
    matches!(
        errno(err),
        Some(Errno::EAFNOSUPPORT | Errno::EADDRNOTAVAIL | Errno::EPROTONOSUPPORT)
    )
}

pub(crate) fn errno(err: &io::Error) -> Option<Errno> {
    err.raw_os_error().map(Errno::from_raw)
}

/// Lets no new client begin a handshake, while those that have begun one still complete it.
///
/// Without this a client could connect between the last accept and the close of the listener, and
/// would be reset. The filter is classic BPF over the TCP header: drop the segment whose flags, in
/// the byte at 13, are SYN without ACK. Elsewhere than on Linux that small window stays open.
///
/// Where other processes listen on the same port, a client whose SYN was dropped here tries again
/// after a second, and is led to one of them.
pub(crate) fn stop_handshakes(listener: &Listener) {
    #[cfg(target_os = "linux")]
    {
        use socket2::SockFilter;
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
