//! A server under measurement: how it is started, and its memory.

use std::fmt;
use std::fs;
use std::io;
use std::process::{Command, Stdio};

use crate::jamd_serve;
use crate::reference::Reference;
use crate::running::Running;

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
        Running::start(self.to_string(), self.command()?)
    }

    fn command(self) -> io::Result<Command> {
        match self {
            Self::Jamd { workers } => Ok(jamd_serve::command(workers, jamd_serve::QUEUE)),
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

impl Running {
    /// The resident memory of the process, in KiB.
    pub(crate) fn resident_kib(&self) -> io::Result<u32> {
        let path = format!("/proc/{}/status", self.pid);
        fs::read_to_string(&path)?
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.trim().strip_suffix(" kB")?.trim().parse().ok())
            .ok_or_else(|| io::Error::other(format!("{path} must have a line `VmRSS: N kB`")))
    }
}
