//! The real server as a child, seen from outside: what the kernel says that it takes.

use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;

/// A server that listens. Killed when dropped.
pub(crate) struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    pub(crate) addr: SocketAddr,
}

/// What it takes of the machine at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Resident memory in KiB.
    pub(crate) memory: u64,
    /// The part of it that is no file's: of files the kernel keeps as much in memory as it likes.
    pub(crate) own: u64,
    pub(crate) threads: u64,
    pub(crate) descriptors: u64,
}

impl Server {
    /// Starts the program that was built beside this one.
    pub(crate) fn start(workers: usize, queue: usize) -> io::Result<Self> {
        let mut child = Command::new(program()?)
            .args(["serve", "--listen", "127.0.0.1:0", "--zone", "utc"])
            .args(["--workers", &workers.to_string()])
            .args(["--queue", &queue.to_string()])
            .args(["--log", "off"])
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let addr = line.split(' ').nth(2).and_then(|addr| addr.parse().ok());
        let addr = addr.ok_or_else(|| io::Error::other(format!("no address in {line:?}")))?;
        Ok(Self {
            child,
            stdout,
            addr,
        })
    }

    pub(crate) fn taken(&self) -> io::Result<Taken> {
        let proc = PathBuf::from(format!("/proc/{}", self.child.id()));
        let status = fs::read_to_string(proc.join("status"))?;
        let field = |name: &str| {
            let mut words = status.lines().filter_map(|line| line.strip_prefix(name));
            let number = words.next()?.split_whitespace().next()?;
            number.parse().ok()
        };
        Ok(Taken {
            memory: field("VmRSS:").ok_or(io::ErrorKind::InvalidData)?,
            own: field("RssAnon:").ok_or(io::ErrorKind::InvalidData)?,
            threads: field("Threads:").ok_or(io::ErrorKind::InvalidData)?,
            descriptors: fs::read_dir(proc.join("fd"))?.count() as u64,
        })
    }

    /// Drains it to the end: whether it ended as it should, and its ledger.
    pub(crate) fn finish(mut self) -> io::Result<(bool, String)> {
        let pid = i32::try_from(self.child.id()).map_err(io::Error::other)?;
        signal::kill(Pid::from_raw(pid), Signal::SIGTERM)?;
        let mut ledger = String::new();
        self.stdout.read_to_string(&mut ledger)?;
        Ok((self.child.wait()?.success(), ledger.trim_end().to_owned()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Neither does anything once the child has ended and was waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An example lies in a folder of its own below that of the program.
fn program() -> io::Result<PathBuf> {
    let ours = std::env::current_exe()?;
    let folder = ours.parent().and_then(|examples| examples.parent());
    let program = folder.unwrap_or(&ours).join("jamd");
    if program.exists() {
        return Ok(program);
    }
    let missing = format!("there is no {}: build it first", program.display());
    Err(io::Error::new(io::ErrorKind::NotFound, missing))
}
