//! The errors of a server's start: each names the address or limit and gives advice.

use std::io;
use std::net::SocketAddr;

use super::host_limits::Shortage;

/// The reason why a server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// An address could not be bound.
    #[error("cannot listen on {addr}: {}", reason(.source))]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// The machine does not have the resources that the settings need.
    #[error(transparent)]
    Shortage(#[from] Shortage),
    /// The system refused a basic resource, such as a pipe or a thread.
    #[error("cannot start: {0}")]
    Io(#[from] io::Error),
}

/// The system's error about an address, with advice.
fn reason(err: &io::Error) -> String {
    let advice = match err.kind() {
        io::ErrorKind::AddrInUse => {
            "the port is in use, by a server or by an outgoing connection; choose another, or look with `ss -tanp`"
        }
        io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege; choose a higher one",
        io::ErrorKind::AddrNotAvailable => "this machine has no such address",
        _ => return err.to_string(),
    };
    format!("{err}: {advice}")
}
