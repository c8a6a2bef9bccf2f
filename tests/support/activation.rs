//! Sockets that are passed to `jamd serve` when it is started, as a service manager does it.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use command_fds::{CommandFdExt, FdMapping};

use super::own_address;

/// The first descriptor that is passed.
const FIRST: i32 = 3;

/// What `LISTEN_PID` says.
#[derive(Debug, Clone, Copy)]
pub enum MeantFor {
    /// The process itself; the shell knows it before it becomes the program.
    Itself,
    SomebodyElse,
}

/// A socket that listens, to be passed on and kept.
pub fn listener() -> TcpListener {
    TcpListener::bind(own_address()).expect("an address of our own")
}

/// A handle of a socket to give away.
pub fn handle(listener: &TcpListener) -> OwnedFd {
    listener.try_clone().expect("a descriptor").into()
}

/// `jamd serve` with these descriptors, the names of them all, and these arguments.
pub fn passing(descriptors: Vec<OwnedFd>, names: &str, args: &[&str]) -> Command {
    passing_to(MeantFor::Itself, descriptors, names, args)
}

pub fn passing_to(
    meant_for: MeantFor,
    descriptors: Vec<OwnedFd>,
    names: &str,
    args: &[&str],
) -> Command {
    let pid = match meant_for {
        MeantFor::Itself => "$$",
        MeantFor::SomebodyElse => "1",
    };
    let script = format!("export LISTEN_PID={pid}; exec \"$0\" \"$@\"");
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &script])
        .arg(cargo_bin!("jamd"))
        .arg("serve")
        .args(args)
        .env_clear()
        .env("LISTEN_FDS", descriptors.len().to_string())
        .env("LISTEN_FDNAMES", names);
    let mappings = (FIRST..).zip(descriptors);
    let mappings = mappings.map(|(child_fd, parent_fd)| FdMapping {
        parent_fd,
        child_fd,
    });
    shell
        .fd_mappings(mappings.collect())
        .expect("no descriptor twice");
    shell
}
