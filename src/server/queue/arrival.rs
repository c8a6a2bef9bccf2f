//! An accepted connection on its way from the acceptor to a worker.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::time::Instant;

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv};

use crate::server::clients::{ClientUse, Share};

/// An accepted connection that has no worker yet.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) stream: TcpStream,
    pub(crate) client: SocketAddr,
    /// The time since which it has waited for a worker.
    pub(crate) since: Instant,
    /// Its share of the client's allowed sessions, if these are limited.
    pub(crate) share: Option<Share>,
    /// The client's use of the pool when it asked for a worker.
    pub(crate) client_use: ClientUse,
    /// Bytes received before a worker had the connection.
    pub(crate) received: Vec<u8>,
}

impl Arrival {
    pub(crate) fn new(stream: TcpStream, client: SocketAddr, since: Instant) -> Self {
        Self {
            stream,
            client,
            since,
            share: None,
            client_use: ClientUse::none(client.ip()),
            received: Vec::new(),
        }
    }

    /// Receives bytes without waiting, as many as the rest of `scratch` holds. Returns their number; 0 at
    /// the end of the stream.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if nothing has arrived; otherwise the connection is lost.
    pub(crate) fn receive(&mut self, scratch: &mut [u8]) -> io::Result<usize> {
        let room = scratch.len().saturating_sub(self.received.len());
        let scratch = scratch.get_mut(..room).unwrap_or_default();
        let bytes = loop {
            match recv(self.stream.as_raw_fd(), scratch, MsgFlags::MSG_DONTWAIT) {
                Err(Errno::EINTR) => {}
                received => break received?,
            }
        };
        self.received
            .extend_from_slice(scratch.get(..bytes).unwrap_or_default());
        Ok(bytes)
    }
}
