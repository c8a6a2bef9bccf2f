//! A started server: a child process that says where it listens, and is ended with its guard.

use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How long anything may take that should be a matter of milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How often an ending child is looked at; only between measurements.
const END_TICK: Duration = Duration::from_millis(5);

/// A started server; dropping it ends the process.
#[derive(Debug)]
pub(crate) struct Running {
    name: String,
    pub(crate) pid: Pid,
    child: Child,
    // Held open to the end, or the child would be killed by what it prints last.
    stdout: BufReader<ChildStdout>,
    addr: SocketAddr,
}

impl Running {
    /// Starts a server and waits until it says where it listens.
    pub(crate) fn start(name: String, mut command: Command) -> io::Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take();
        // From here on the guard owns the child, whatever fails below.
        let mut running = Self {
            name,
            pid: Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?),
            child,
            stdout: BufReader::new(stdout.ok_or_else(|| io::Error::other("no pipe to a child"))?),
            addr: SocketAddr::from(([0; 4], 0)),
        };
        running.addr = running.next_address("listening on ")?;
        Ok(running)
    }

    /// Where the server listens.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The address that comes after this on the next line that the server prints.
    pub(crate) fn next_address(&mut self, prefix: &str) -> io::Result<SocketAddr> {
        if self.stdout.buffer().is_empty() {
            let patience = PollTimeout::try_from(PATIENCE).map_err(io::Error::other)?;
            let pipe = PollFd::new(self.stdout.get_ref().as_fd(), PollFlags::POLLIN);
            nix::poll::poll(&mut [pipe], patience)?;
        }
        let mut line = String::new();
        // Would block on a silent child, but poll has just seen a line or the end of the pipe.
        if self.child.try_wait()?.is_none() {
            self.stdout.read_line(&mut line)?;
        }
        line.strip_prefix(prefix)
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|addr| addr.trim_end_matches('/').parse().ok())
            .ok_or_else(|| {
                io::Error::other(format!(
                    "the next line of {} must read `{prefix}ADDR`, got `{}`",
                    self.name,
                    line.trim_end()
                ))
            })
    }

    fn await_end(&mut self) -> io::Result<()> {
        // Once it has been waited for, its number may be another process's.
        if let Some(status) = self.child.try_wait()? {
            return Err(io::Error::other(format!("ended by itself, {status}")));
        }
        kill(self.pid, Signal::SIGTERM)?;
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            match self.child.try_wait()? {
                None => thread::sleep(END_TICK),
                Some(status) if status.success() || status.code().is_none() => return Ok(()),
                Some(status) => return Err(io::Error::other(format!("ended with {status}"))),
            }
        }
        Err(io::Error::other(format!(
            "was still there {PATIENCE:?} after SIGTERM"
        )))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(err) = self.await_end() {
            eprintln!("{}: {err}", self.name);
        }
        // An error means that it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
