//! The machine the run takes place on: what must be said about it, and its limits.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::thread;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::contestant::QUEUE;
use crate::pairs::{Effort, PAIRS};
use crate::reference::Reference;

/// The conditions without which the numbers below them mean nothing.
pub(crate) fn conditions(subject: Option<Reference>, effort: Effort) -> io::Result<String> {
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<13}{value}");
    };
    line("subject", subject_text(subject));
    line("cores", thread::available_parallelism()?.to_string());
    line("kernel", first_line("/proc/sys/kernel/osrelease")?);
    line("load before", load_average()?);
    line("profile", profile().into());
    line("method", method(effort));
    line("commands", "64 clients, one command at a time".into());
    line("pipelined", "16 clients, 128 commands at a time".into());
    line(
        "sessions-W",
        "64 clients: connect, one command, QUIT, end; W workers".into(),
    );
    Ok(text)
}

fn subject_text(subject: Option<Reference>) -> String {
    match subject {
        None => format!("jamd, 256 workers where W is not given, a queue of {QUEUE}"),
        Some(reference) => format!("{}, in the place of jamd", reference.name()),
    }
}

fn method(effort: Effort) -> String {
    format!(
        "medians of {PAIRS} pairs of {} s each way, after one that does not count",
        effort.interval.as_secs_f64()
    )
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

fn first_line(path: &str) -> io::Result<String> {
    let text = fs::read_to_string(path)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// Whether this process, and so its children, may hold enough descriptors.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Descriptors {
    Enough,
    TooFew { hard: u64, needed: u64 },
}

/// Raises the soft limit to the hard one, if that is enough.
pub(crate) fn raise_descriptors(needed: u32) -> io::Result<Descriptors> {
    let needed = u64::from(needed);
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if hard < needed {
        return Ok(Descriptors::TooFew { hard, needed });
    }
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    Ok(Descriptors::Enough)
}
