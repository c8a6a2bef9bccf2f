//! How busy the machine was with other things while the run went on.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

use crate::machine::first_line;

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
    Ok(cpu_of(UsageWho::RUSAGE_SELF)? + cpu_of(UsageWho::RUSAGE_CHILDREN)?)
}

/// The CPU time of this process, or of its children that have ended.
pub(crate) fn cpu_of(who: UsageWho) -> io::Result<Duration> {
    let usage = getrusage(who)?;
    let mut sum = Duration::ZERO;
    for time in [usage.user_time(), usage.system_time()] {
        let whole = u64::try_from(time.tv_sec()).map_err(io::Error::other)?;
        let micros = u64::try_from(time.tv_usec()).map_err(io::Error::other)?;
        sum += Duration::from_secs(whole) + Duration::from_micros(micros);
    }
    Ok(sum)
}
