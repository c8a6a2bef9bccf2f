//! The real server, as every bench starts it.

use std::process::{Command, Stdio};

/// The places in its queue that are enough for most.
pub(crate) const QUEUE: u32 = 1024;

/// The command that starts it with so many workers and places, on a port that it names.
pub(crate) fn command(workers: u32, queue: u32) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jamd"));
    command
        .args(["serve", "--listen", "127.0.0.1:0"])
        .args(["--workers", &workers.to_string()])
        .args(["--queue", &queue.to_string()])
        .args(["--idle-timeout", "none", "--log", "off"])
        .stdin(Stdio::null());
    command
}
