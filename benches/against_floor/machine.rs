//! The machine the run takes place on: what must be said about it, its company and its limits.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage, setrlimit};

use crate::cases::DEFAULT_WORKERS;
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
        None => format!("jamd, {DEFAULT_WORKERS} workers where W is not given, a queue of {QUEUE}"),
        Some(reference) => format!("{}, in the place of jamd", reference.name()),
    }
}

fn method(effort: Effort) -> String {
    format!(
        "medians of {PAIRS} pairs of new processes, {} s each way in turns of 50 ms",
        effort.interval().as_secs_f64()
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

/// How busy the machine was with other things while the run went on.
#[derive(Debug)]
pub(crate) struct Company {
    machine: Ticks,
    own: Duration,
    since: Instant,
}

impl Company {
    /// Begins to watch.
    pub(crate) fn watch() -> io::Result<Self> {
        Ok(Self {
            machine: Ticks::now()?,
            own: own_cpu()?,
            since: Instant::now(),
        })
    }

    /// What others took in the meantime, in cores; children count once they have ended.
    pub(crate) fn text(&self) -> io::Result<String> {
        let now = Ticks::now()?;
        let cores = f64::from(u32::try_from(thread::available_parallelism()?.get()).unwrap_or(1));
        // A run can be shorter than a tick.
        let total = (now.total - self.machine.total).max(1.0);
        let busy = cores * (now.busy - self.machine.busy) / total;
        let stolen = cores * (now.stolen - self.machine.stolen) / total;
        let own = own_cpu()?.saturating_sub(self.own).as_secs_f64();
        let others = (busy - own / self.since.elapsed().as_secs_f64()).max(0.0);
        Ok(format!(
            "others took {others:.2} cores of {cores} during the run, the hypervisor {stolen:.2}"
        ))
    }
}

/// The time of all cores together, in the kernel's ticks.
#[derive(Debug, Clone, Copy)]
struct Ticks {
    total: f64,
    busy: f64,
    stolen: f64,
}

impl Ticks {
    fn now() -> io::Result<Self> {
        let line = first_line("/proc/stat")?;
        let fields: Vec<f64> = line.split(' ').filter_map(|f| f.parse().ok()).collect();
        // Guest time, the last two, is part of user time already.
        let [user, nice, system, idle, iowait, irq, softirq, stolen, ..] = fields[..] else {
            return Err(io::Error::other(format!(
                "the first line of /proc/stat must have ten numbers, got `{line}`"
            )));
        };
        let busy = user + nice + system + irq + softirq;
        Ok(Self {
            total: busy + idle + iowait + stolen,
            busy,
            stolen,
        })
    }
}

/// The CPU time of this process and of its children that have ended.
fn own_cpu() -> io::Result<Duration> {
    let mut sum = Duration::ZERO;
    for who in [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN] {
        let usage = getrusage(who)?;
        for time in [usage.user_time(), usage.system_time()] {
            let whole = u64::try_from(time.tv_sec()).map_err(io::Error::other)?;
            let micros = u64::try_from(time.tv_usec()).map_err(io::Error::other)?;
            sum += Duration::from_secs(whole) + Duration::from_micros(micros);
        }
    }
    Ok(sum)
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
