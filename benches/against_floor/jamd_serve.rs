//! The real server, as every bench starts it.

use std::process::{Command, Stdio};

/// The places in its queue, unless there are more workers.
pub(crate) const QUEUE: u32 = 1024;

/// The command that starts it with so many workers, on a port that it names. Its queue holds all
/// that come before the last worker is there.
pub(crate) fn command(workers: u32) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jamd"));
    command
        .args(["serve", "--listen", "127.0.0.1:0"])
        .args(["--workers", &workers.to_string()])
        .args(["--queue", &QUEUE.max(workers).to_string()])
        .args(["--idle-timeout", "none", "--log", "off"])
        .stdin(Stdio::null());
    command
}
