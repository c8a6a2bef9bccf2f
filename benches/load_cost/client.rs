//! The clients under measurement: child processes, what they did and what it cost.

use std::io;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use jamd::load::Measurement;

use crate::child::{measured, run};
use crate::jamd_serve::{self, QUEUE};
use crate::pairs::Effort;
use crate::running::Running;

/// The clients, as connections, that each of them is.
pub(crate) const CLIENTS: usize = 64;

/// The workers of the server.
const WORKERS: u32 = 256;

/// The conditions that are not the machine's, by name.
pub(crate) fn conditions(effort: Effort) -> [(&'static str, String); 3] {
    [
        (
            "server",
            format!("jamd serve, {WORKERS} workers, a queue of {QUEUE}"),
        ),
        (
            "clients",
            format!("{CLIENTS} on one thread, each asking again when it was answered"),
        ),
        ("method", effort.to_string()),
    ]
}

/// Starts the server.
pub(crate) fn start_server() -> io::Result<Running> {
    Running::start("jamd serve".into(), jamd_serve::command(WORKERS, QUEUE))
}

/// What some operations cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    ops: u64,
    cpu: Duration,
}

impl Cost {
    /// The cost of an operation: of those that a long run has more than a short one. What a process
    /// does once, such as starting, connecting and reporting, is in both and so in neither.
    pub(crate) fn us_per_op(
        length: Duration,
        run: impl Fn(Duration) -> io::Result<Self>,
    ) -> io::Result<f64> {
        let (short, long) = (run(length / 10)?, run(length)?);
        let ops = u32::try_from(long.ops.saturating_sub(short.ops)).map_err(io::Error::other)?;
        let cpu = long.cpu.saturating_sub(short.cpu);
        Ok(cpu.as_secs_f64() * 1e6 / f64::from(ops))
    }

    /// What [`load`] cost by the command.
    pub(crate) fn of_jamd(server: SocketAddr, length: Duration) -> io::Result<Self> {
        let loaded = load(server, length, Stdio::null())?;
        Ok(Self {
            ops: loaded.measurement.ended.replies,
            cpu: loaded.cpu,
        })
    }

    /// The same of the bare client.
    pub(crate) fn of_bare(server: SocketAddr, length: Duration) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["--bare", &server.to_string()])
            .args(["--for-ms", &length.as_millis().to_string()]);
        let (output, cpu) = run(&mut command)?;
        let replies = String::from_utf8_lossy(&output.stdout);
        let ops = replies.trim().parse().map_err(io::Error::other)?;
        Ok(Self { ops, cpu })
    }

    /// The same of a command that is told how many operations to do.
    pub(crate) fn of_command(command: &mut Command, ops: u64) -> io::Result<Self> {
        let (_, cpu) = run(command)?;
        Ok(Self { ops, cpu })
    }
}

/// What `jamd load` found, and what it cost.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) measurement: Measurement,
    pub(crate) cpu: Duration,
}

/// Loads a server with the few clients that all are compared by.
pub(crate) fn load(server: SocketAddr, length: Duration, stderr: Stdio) -> io::Result<Loaded> {
    let mut command = load_command(server, length, CLIENTS);
    command.args(["--threads", "1"]).stderr(stderr);
    let (measurement, cpu) = measured(command)?;
    Ok(Loaded { measurement, cpu })
}

/// The command that loads a server with clients that keep their connections.
pub(crate) fn load_command(server: SocketAddr, length: Duration, clients: usize) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jamd"));
    command
        .args(["load", &server.to_string(), "--keep-alive"])
        .args(["--clients", &clients.to_string()])
        .args(["--duration", &format!("{}ms", length.as_millis())])
        .args(["--warmup", "0s"])
        // Otherwise there is no live view, terminal or not.
        .env("TERM", "xterm-256color")
        .env_remove("CI");
    command
}
