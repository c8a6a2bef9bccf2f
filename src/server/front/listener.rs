//! The listening sockets: binding, taking over passed ones, and stopping without losing a client.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use nix::errno::Errno;
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::server::error::StartError;
use crate::server::service::REPLIES_LIMIT;
use crate::server::settings::Settings;

/// A listening socket, bound here or passed in.
#[derive(Debug)]
pub(crate) enum Listener {
    /// Bound by this process alone. Clients in its backlog are reset when it closes.
    Own(TcpListener),
    /// Passed in by the parent process, which keeps it open. A successor accepts the clients in its backlog
    /// when we close our handle.
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

/// The open listeners of a server that is about to start. Clients that connect already wait in their
/// backlogs.
#[derive(Debug)]
pub struct Listeners {
    pub(crate) sockets: Vec<Listener>,
    /// The number of passed listeners among them.
    pub(crate) passed: usize,
}

impl Listeners {
    /// Binds every address of the settings, in order, and then takes over the passed listeners.
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

/// The kernel's buffer for replies that the client has not read; Linux doubles it for its own data. One batch
/// of replies fits. Without this limit it grows to megabytes for a client that sends commands and never
/// reads, which costs memory and the time to fill it.
const SEND_BUFFER_BYTES: usize = REPLIES_LIMIT;

/// Binds a non-blocking listener. Accepted connections inherit its options, so that they need no calls of
/// their own.
///
/// An IPv6 wildcard also accepts IPv4 clients. On a machine without IPv6 it falls back to the IPv4
/// wildcard, and the listener's address shows that.
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
    // Without it a restarted server could not bind while old connections are in TIME_WAIT.
    socket.set_reuse_address(true)?;
    if settings.reuse_port {
        socket.set_reuse_port(true)?;
    }
    socket.set_tcp_nodelay(true)?;
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    // Without it urgent bytes are counted as received but never read. A client that has sent one would
    // never be taken to be silent.
    socket.set_out_of_band_inline(true)?;
    limit_unacknowledged(&SockRef::from(&socket), settings.limits.write)?;
    socket.bind(&addr.into())?;
    #[cfg(target_os = "linux")]
    crate::server::socket_options::defer_accept(&socket, settings.defer_accept)?;
    // The kernel applies its own limit as well.
    socket.listen(i32::try_from(settings.backlog).unwrap_or(i32::MAX))?;
    socket.set_nonblocking(true)?;
    Ok(Listener::Own(socket.into()))
}

/// The shortest time before the kernel gives up on unacknowledged replies, so that a few lost packets do
/// not end a connection.
const UNACKNOWLEDGED_MIN: Duration = Duration::from_secs(10);

/// Makes the kernel reset a connection after this long without an acknowledgement, also after the server
/// closed it. The kernel's default is minutes.
fn limit_unacknowledged(socket: &SockRef<'_>, write: Option<Duration>) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(write.map(|limit| limit.max(UNACKNOWLEDGED_MIN)))?;
    #[cfg(not(target_os = "linux"))]
    let _ = (socket, write);
    Ok(())
}

/// Takes over a passed listener. Its backlog keeps the size that the binding process set.
///
/// The options belong to the socket, so they also apply to a predecessor that still accepts from it.
fn adopt(passed: TcpListener, settings: &Settings) -> io::Result<Listener> {
    passed.set_nonblocking(true)?;
    if let Err(err) = SockRef::from(&passed).set_tcp_nodelay(true) {
        tracing::warn!(%err, "small replies on a passed socket may wait for an acknowledgement");
    }
    SockRef::from(&passed).set_out_of_band_inline(true)?;
    if let Err(err) = SockRef::from(&passed).set_send_buffer_size(SEND_BUFFER_BYTES) {
        tracing::warn!(%err, "cannot limit the send buffer of a passed socket");
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

/// Prevents new handshakes, while handshakes that have begun still complete.
///
/// Without this a client could connect between the last accept and the close of the listener, and would be
/// reset. The filter is classic BPF over the TCP header. It drops segments with SYN but without ACK in the
/// flags byte at offset 13. Systems other than Linux keep that small window.
///
/// If other processes listen on this port, a client whose SYN was dropped retries after a second and
/// reaches one of them.
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
