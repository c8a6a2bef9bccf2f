//! The machine that a run takes place on, and all that must be said about it.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::thread;

/// The conditions without which the numbers below them mean nothing: the machine's, and others by
/// name.
pub(crate) fn conditions(others: &[(&str, String)]) -> io::Result<String> {
    let own = [
        ("cores", thread::available_parallelism()?.to_string()),
        ("kernel", first_line("/proc/sys/kernel/osrelease")?),
        ("load before", load_average()?),
        ("profile", profile().to_owned()),
    ];
    let mut text = String::new();
    for (name, value) in own.iter().chain(others) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<13}{value}");
    }
    Ok(text)
}

fn profile() -> &'static str {
    if cfg!(debug_assertions) {
        "unoptimised: these numbers are worth nothing"
    } else {
        "optimised"
    }
}

fn load_average() -> io::Result<String> {
    let line = first_line("/proc/loadavg")?;
    Ok(line.split(' ').take(3).collect::<Vec<_>>().join(" "))
}

/// The first line of a file of the kernel's.
pub(crate) fn first_line(path: impl AsRef<Path>) -> io::Result<String> {
    let text = fs::read_to_string(path)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
