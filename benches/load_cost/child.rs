//! Children that run to their end: what they found, and the CPU time they used.

use std::fs;
use std::io;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use jamd::load::{Measurement, stored};
use nix::sys::resource::UsageWho;
use tempfile::NamedTempFile;

use crate::company::cpu_of;
use crate::interrupt;

/// `jamd load` ended as planned, but some audit did not pass.
const INVALID: i32 = 4;

/// Runs a `jamd load`, and reads what it found. Nothing must have gone wrong.
pub(crate) fn measured(mut command: Command) -> io::Result<(Measurement, Duration)> {
    let kept = NamedTempFile::new()?;
    command.arg("--json").arg(kept.path());
    let (_, cpu) = run(&mut command)?;
    // The parent's end of a terminal stays open for as long as the command holds it.
    drop(command);
    let text = fs::read_to_string(kept.path())?;
    let measurement = stored::read(&text, "what was kept").map_err(io::Error::other)?;
    let ended = measurement.ended;
    if ended.busy + ended.failed > 0 {
        return Err(io::Error::other(format!("not all went well: {ended:?}")));
    }
    Ok((measurement, cpu))
}

/// Runs a child to its end, and returns what it printed and the CPU time that it used.
pub(crate) fn run(command: &mut Command) -> io::Result<(Output, Duration)> {
    interrupt::check()?;
    let before = cpu_of(UsageWho::RUSAGE_CHILDREN)?;
    let output = command.stdin(Stdio::null()).output()?;
    let cpu = cpu_of(UsageWho::RUSAGE_CHILDREN)?.saturating_sub(before);
    match output.status.code() {
        Some(0 | INVALID) => Ok((output, cpu)),
        _ => Err(io::Error::other(format!(
            "{command:?} ended with {}",
            output.status
        ))),
    }
}
