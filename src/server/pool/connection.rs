//! The operations on a connection that a slot needs.

use std::fmt;
use std::net::{Shutdown, TcpStream};

/// A connection as the reaper uses it: it can be checked for silence and shut down.
pub(crate) trait Connection: fmt::Debug {
    /// Shuts down one or both sides, also for the thread that uses the connection.
    fn shut_down(&self, how: Shutdown);

    /// Whether no bytes have arrived except those the worker has read and processed.
    fn is_silent(&self, read: u64) -> bool;
}

impl Connection for TcpStream {
    fn shut_down(&self, how: Shutdown) {
        // The call fails if the client has reset the connection, and then the worker notices that itself.
        let _ = self.shutdown(how);
    }

    /// Checking for unread bytes is not enough. Between a read and its publication by the worker, half a
    /// command is neither in the socket nor in the slot.
    #[cfg(target_os = "linux")]
    fn is_silent(&self, read: u64) -> bool {
        crate::server::socket_options::bytes_received(self).is_ok_and(|received| received == read)
    }

    /// Whether nothing unread has arrived: neither bytes nor an end.
    #[cfg(not(target_os = "linux"))]
    fn is_silent(&self, _read: u64) -> bool {
        let flags = nix::libc::MSG_PEEK | nix::libc::MSG_DONTWAIT;
        let mut byte = [std::mem::MaybeUninit::uninit()];
        let peeked = socket2::SockRef::from(self).recv_with_flags(&mut byte, flags);
        peeked.is_err_and(|err| err.kind() == std::io::ErrorKind::WouldBlock)
    }
}
