//! Connections between the acceptor and the workers.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::time::Instant;

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv};

use crate::server::clients::{ClientUse, Share};

/// An accepted connection on its way to a worker.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) stream: TcpStream,
    pub(crate) client: SocketAddr,
    /// Since when it has waited for a worker.
    pub(crate) since: Instant,
    /// What it takes of its client's sessions, where these are limited.
    pub(crate) share: Option<Share>,
    /// The use of the pool that its client made when it asked for a worker.
    pub(crate) client_use: ClientUse,
    /// What was received before a worker had it.
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

    /// Receives what has arrived, without waiting for it and as much as there is room for in `scratch`,
    /// and says how many bytes; none at the end of the stream.
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
