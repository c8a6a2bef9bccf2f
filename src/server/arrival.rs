//! Connections between the acceptor and the workers.

use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use super::clients::Share;

/// An accepted connection on its way to a worker.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) stream: TcpStream,
    pub(super) client: SocketAddr,
    /// Since when it has waited.
    pub(super) since: Instant,
    /// What it takes of its client's sessions, where these are limited.
    pub(super) share: Option<Share>,
}

impl Arrival {
    pub(super) fn new(stream: TcpStream, client: SocketAddr, since: Instant) -> Self {
        Self {
            stream,
            client,
            since,
            share: None,
        }
    }
}
