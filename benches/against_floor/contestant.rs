//! A server under measurement: a child process, its address, its CPU time and its memory.

use std::fmt;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::signal::{Signal, kill};
use nix::time::{ClockId, clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;

use crate::reference::Reference;

/// How long anything may take that should be a matter of milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The places in the subject's queue.
pub(crate) const QUEUE: u32 = 1024;

/// How often an ending child is looked at; only between measurements.
const END_TICK: Duration = Duration::from_millis(5);

/// Who is measured, and how it is started.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Contestant {
    /// The real server, with this many workers.
    Jamd { workers: u32 },
    /// One of the reference servers.
    Reference(Reference),
}

impl Contestant {
    /// Starts the server and waits until it says where it listens.
    pub(crate) fn start(self) -> io::Result<Running> {
        let mut child = self.command()?.stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take();
        // From here on the guard owns the child, whatever fails below.
        let mut running = Running {
            name: self.to_string(),
            pid: Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?),
            child,
            stdout: BufReader::new(stdout.ok_or_else(|| io::Error::other("no pipe to a child"))?),
            addr: SocketAddr::from(([0; 4], 0)),
        };
        running.addr = running.read_address()?;
        Ok(running)
    }

    fn command(self) -> io::Result<Command> {
        match self {
            Self::Jamd { workers } => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_jamd"));
                command
                    .args(["serve", "--listen", "127.0.0.1:0"])
                    .args(["--workers", &workers.to_string()])
                    .args(["--queue", &QUEUE.to_string()])
                    .args(["--idle-timeout", "none", "--log", "off"])
                    .stdin(Stdio::null());
                Ok(command)
            }
            Self::Reference(reference) => {
                let mut command = Command::new(std::env::current_exe()?);
                command
                    .args(["--reference", reference.name()])
                    .stdin(Stdio::piped());
                Ok(command)
            }
        }
    }
}

impl fmt::Display for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jamd { workers } => write!(f, "jamd with {workers} workers"),
            Self::Reference(reference) => f.write_str(reference.name()),
        }
    }
}

/// A started server; dropping it ends the process.
#[derive(Debug)]
pub(crate) struct Running {
    name: String,
    pid: Pid,
    child: Child,
    // Held open to the end, or the child would be killed by what it prints last.
    stdout: BufReader<ChildStdout>,
    addr: SocketAddr,
}

impl Running {
    /// Where the server listens.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The CPU time of the whole process so far, ended threads included.
    pub(crate) fn cpu(&self) -> io::Result<Duration> {
        let clock: ClockId = clock_getcpuclockid(self.pid)?;
        Ok(Duration::from(clock_gettime(clock)?))
    }

    /// The resident memory of the process, in KiB.
    pub(crate) fn resident_kib(&self) -> io::Result<u32> {
        let path = format!("/proc/{}/status", self.pid);
        fs::read_to_string(&path)?
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.trim().strip_suffix(" kB")?.trim().parse().ok())
            .ok_or_else(|| io::Error::other(format!("{path} must have a line `VmRSS: N kB`")))
    }

    fn read_address(&mut self) -> io::Result<SocketAddr> {
        let patience = PollTimeout::try_from(PATIENCE).map_err(io::Error::other)?;
        let pipe = PollFd::new(self.stdout.get_ref().as_fd(), PollFlags::POLLIN);
        nix::poll::poll(&mut [pipe], patience)?;
        let mut line = String::new();
        // Would block on a silent child, but poll has just seen a line or the end of the pipe.
        if self.child.try_wait()?.is_none() {
            self.stdout.read_line(&mut line)?;
        }
        line.strip_prefix("listening on ")
            .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
            .ok_or_else(|| {
                io::Error::other(format!(
                    "the first line of {} must read `listening on ADDR`, got `{}`",
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
