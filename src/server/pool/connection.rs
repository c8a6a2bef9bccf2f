//! What a slot asks of a connection.

use std::fmt;
use std::net::{Shutdown, TcpStream};

/// A connection as the reaper sees it: something to listen to, and to shut down.
pub(crate) trait Connection: fmt::Debug {
    /// Ends one side of the connection, or both, for whoever holds it.
    fn shut_down(&self, how: Shutdown);

    /// Whether nothing has arrived but what the worker says it has read and dealt with.
    fn is_silent(&self, read: u64) -> bool;
}

impl Connection for TcpStream {
    fn shut_down(&self, how: Shutdown) {
        // One that the client has already reset cannot be shut down; its worker is about to find out
        // for itself.
        let _ = self.shutdown(how);
    }

    /// To look for unread bytes would not do: between the read and the moment its worker says so, half
    /// a command is neither in the socket nor in the slot.
    #[cfg(target_os = "linux")]
    fn is_silent(&self, read: u64) -> bool {
        crate::server::socket_options::bytes_received(self).is_ok_and(|received| received == read)
    }

    /// Whether nothing has arrived that was not read: no bytes, and no end.
    #[cfg(not(target_os = "linux"))]
    fn is_silent(&self, _read: u64) -> bool {
        let flags = nix::libc::MSG_PEEK | nix::libc::MSG_DONTWAIT;
        let mut byte = [std::mem::MaybeUninit::uninit()];
        let peeked = socket2::SockRef::from(self).recv_with_flags(&mut byte, flags);
        peeked.is_err_and(|err| err.kind() == std::io::ErrorKind::WouldBlock)
    }
}
