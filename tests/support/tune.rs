//! `jamd tune` as a program, and the servers that it starts.

use std::fs;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use jamd::tune::Tuning;
use nix::unistd::Pid;
use tempfile::NamedTempFile;

use super::program::Ended;
use super::{PATIENCE, await_that};

/// `jamd tune` of a server of its own, with these arguments and nothing of ours in its environment.
pub fn jamd_tune(words: &[&str]) -> Command {
    let mut jamd = Command::new(cargo_bin!("jamd"));
    jamd.arg("tune").args(words).env_clear();
    jamd
}

/// A tuning to its end, and what it keeps.
pub fn tuned(mut command: Command) -> (Ended, Tuning) {
    let kept = NamedTempFile::new().expect("a file");
    command.arg(format!("--json={}", kept.path().display()));
    // It says nothing on stdout before it is over, which takes as long as it may.
    let output = assert_cmd::Command::from_std(command)
        .timeout(6 * PATIENCE)
        .output()
        .expect("a program to run");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let ended = Ended {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    };
    let text = fs::read_to_string(kept.path()).expect("a file");
    let tuning = serde_json::from_str(&text);
    let tuning = tuning.unwrap_or_else(|err| panic!("{err} in {text:?} of {ended:?}"));
    (ended, tuning)
}

/// Waits until a process has a child, and returns it.
pub fn await_child(parent: Pid) -> Pid {
    let mut child = None;
    await_that("a server is started", || {
        child = processes().find(|process| is_child(*process, parent));
        child.is_some()
    });
    child.expect("a child")
}

/// Waits until a process is gone, or nothing is left of it but how it ended.
pub fn await_end(process: Pid) {
    await_that("the server is gone", || {
        stat(process).is_none_or(|stat| stat.starts_with('Z'))
    });
}

fn processes() -> impl Iterator<Item = Pid> {
    let entries = fs::read_dir("/proc").expect("processes").flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.map(Pid::from_raw)
}

/// Whether it is, and has become the program that it was made for.
fn is_child(process: Pid, parent: Pid) -> bool {
    let stat = stat(process).unwrap_or_default();
    let arguments = fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default();
    stat.split(' ').nth(1) == Some(&parent.to_string()) && arguments.contains("\0serve\0")
}

/// What the kernel says of a process, from its state on.
fn stat(process: Pid) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    Some(rest.to_owned())
}
