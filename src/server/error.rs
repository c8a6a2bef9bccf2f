//! Why a server does not start, in words that name the address or the limit and the way out.

use std::io;
use std::net::SocketAddr;

use super::host_limits::Shortage;

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// An address could not be bound.
    #[error("cannot listen on {addr}: {}", reason(.source))]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The machine does not have what the settings need.
    #[error(transparent)]
    Shortage(#[from] Shortage),
    /// The system refused something every process gets.
    #[error("cannot start: {0}")]
    Io(#[from] io::Error),
}

/// What the system said about an address, and what would help.
fn reason(err: &io::Error) -> String {
    let advice = match err.kind() {
        io::ErrorKind::AddrInUse => "another program listens there; choose another port",
        io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege; choose a higher one",
        io::ErrorKind::AddrNotAvailable => "this machine has no such address",
        _ => return err.to_string(),
    };
    format!("{err}: {advice}")
}
