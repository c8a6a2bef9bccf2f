//! The clients: `jamd load`, in a process of its own.

use std::io;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jamd::load::Measurement;

use crate::child::measured;

/// How many there are in a closed loop.
pub(crate) const CLIENTS: usize = 64;

/// One session after another for so long, all of which are counted.
pub(crate) fn closed_loop(server: SocketAddr, length: Duration) -> io::Result<Measurement> {
    load(server, length, ["--clients", &CLIENTS.to_string()])
}

/// Sessions that begin on a schedule, so many a second.
pub(crate) fn open_loop(
    server: SocketAddr,
    length: Duration,
    rate: u32,
) -> io::Result<Measurement> {
    load(server, length, ["--rate", &rate.to_string()])
}

fn load(server: SocketAddr, length: Duration, how: [&str; 2]) -> io::Result<Measurement> {
    let mut command = command(server);
    command
        .args(how)
        .args(["--threads", "1"])
        .args(["--duration", &format!("{}ms", length.as_millis())]);
    let (measurement, _) = measured(command)?;
    Ok(measurement)
}

fn command(server: SocketAddr) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jamd"));
    command.args(["load", &server.to_string(), "--warmup", "0s"]);
    command
}

/// The pause of each client of a crowd between a reply and its next command. They come one after
/// another, and the last of them after this.
pub(crate) const PAUSE: Duration = Duration::from_secs(10);

/// Clients that keep their workers and hardly ever ask; dropping them ends the process.
#[derive(Debug)]
pub(crate) struct Crowd(Child);

impl Crowd {
    /// Sends so many.
    pub(crate) fn send(server: SocketAddr, clients: u32) -> io::Result<Self> {
        let child = command(server)
            .args(["--keep-alive", "--clients", &clients.to_string()])
            .args(["--think", &format!("{}s", PAUSE.as_secs())])
            .args(["--duration", "1h"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self(child))
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        // An error means that it has ended already, which is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
