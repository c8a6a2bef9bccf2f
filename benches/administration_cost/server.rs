//! The server that is observed, and the same that is not.

use std::io;
use std::net::SocketAddr;

use crate::clients::CLIENTS;
use crate::jamd_serve::{self, QUEUE};
use crate::pairs::Effort;
use crate::running::Running;

/// The workers of a server whose sessions are measured.
pub(crate) const WORKERS: u32 = 256;

/// The conditions that are not the machine's, by name.
pub(crate) fn conditions(effort: Effort) -> [(&'static str, String); 3] {
    [
        (
            "server",
            format!(
                "jamd serve, {WORKERS} workers and a queue of {QUEUE} where no others are named"
            ),
        ),
        (
            "sessions",
            format!("{CLIENTS} clients on one thread: connect, one command, QUIT, end"),
        ),
        ("method", effort.to_string()),
    ]
}

/// A server with an administration port.
#[derive(Debug)]
pub(crate) struct Observed {
    pub(crate) server: Running,
    pub(crate) admin: SocketAddr,
}

impl Observed {
    /// Starts it and waits until it says where that port is.
    pub(crate) fn start(workers: u32, queue: u32) -> io::Result<Self> {
        let mut command = jamd_serve::command(workers, queue);
        command.args(["--admin", "127.0.0.1:0"]);
        let mut server = Running::start("jamd serve --admin".into(), command)?;
        let admin = server.next_address("administration on http://")?;
        Ok(Self { server, admin })
    }
}

/// Starts the same server without such a port.
pub(crate) fn start_unobserved() -> io::Result<Running> {
    Running::start("jamd serve".into(), jamd_serve::command(WORKERS, QUEUE))
}
