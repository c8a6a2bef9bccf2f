//! What the machine did besides while it was tuned on: runs of the same candidate lie apart for it, and
//! the server may want for cores.

use std::fs;
use std::time::{Duration, Instant};

use nix::sys::resource::{Usage, UsageWho, getrusage};

/// The share of a machine's time that others may take before it is worth a word.
const LITTLE: f64 = 0.1;

/// The machine and this program at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Company {
    at: Instant,
    machine: Ticks,
    own: Duration,
}

/// What all cores of the machine have done so far, in ticks of its clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ticks {
    /// In programs, or in what they asked for, or for other machines on the same hardware.
    busy: u64,
    all: u64,
    cores: u64,
}

impl Company {
    /// How it is now; nothing where the system does not say.
    pub(super) fn now() -> Option<Self> {
        let time = |who| Some(time_of(&getrusage(who).ok()?));
        let own = time(UsageWho::RUSAGE_SELF)? + time(UsageWho::RUSAGE_CHILDREN)?;
        let machine = ticks(&fs::read_to_string("/proc/stat").ok()?)?;
        let at = Instant::now();
        Some(Self { at, machine, own })
    }

    /// What to say of those who took more than a little of the machine's time since then, besides this
    /// program and those that it started and saw the end of.
    pub(super) fn complaint(&self) -> Option<String> {
        let others = self.others(&Self::now()?, Duration::ZERO)?;
        (others > LITTLE).then(|| {
            let percent = others * 100.0;
            format!(
                "something else took {percent:.0} % of this machine's CPU time meanwhile: runs lie \
                 farther apart for it, and give less, than on a machine that is quiet"
            )
        })
    }

    /// The share of the machine's time that went to others from then until a later moment, besides this
    /// program and one that took so much and has not ended yet.
    pub(super) fn others(&self, later: &Self, besides: Duration) -> Option<f64> {
        let elapsed = later.at.saturating_duration_since(self.at);
        let own = later.own.saturating_sub(self.own).saturating_add(besides);
        later.machine.since(self.machine, own, elapsed)
    }
}

impl Ticks {
    /// The share of the machine's time that went to others.
    fn since(self, then: Self, own: Duration, elapsed: Duration) -> Option<f64> {
        let busy = count(self.busy.checked_sub(then.busy)?);
        let all = count(self.all.checked_sub(then.all).filter(|all| *all > 0)?);
        let own = own.as_secs_f64() / (elapsed.as_secs_f64() * count(self.cores));
        own.is_finite().then(|| (busy / all - own).max(0.0))
    }
}

#[expect(clippy::cast_precision_loss, reason = "read to a few digits")]
fn count(ticks: u64) -> f64 {
    ticks as f64
}

fn time_of(usage: &Usage) -> Duration {
    let times = [usage.user_time(), usage.system_time()];
    let micros = times.map(|time| time.tv_sec().saturating_mul(1_000_000) + time.tv_usec());
    Duration::from_micros(
        micros
            .iter()
            .map(|it| u64::try_from(*it).unwrap_or(0))
            .sum(),
    )
}

/// The first line of the kernel's statistics: user, nice, system, idle, waiting for a disk, interrupts,
/// their second halves, stolen, guests. Interrupts are nobody's: most are of the load itself.
///
/// Source: `proc_stat(5)`.
fn ticks(stat: &str) -> Option<Ticks> {
    let mut lines = stat.lines();
    let figures = lines.next()?.strip_prefix("cpu ")?.split_whitespace();
    let figures: Vec<u64> = figures.map_while(|figure| figure.parse().ok()).collect();
    let [user, nice, system, idle, disk, hard, soft, stolen, ..] = figures[..] else {
        return None;
    };
    let busy = user + nice + system + stolen;
    let cores = lines.take_while(|line| line.starts_with("cpu")).count();
    Some(Ticks {
        busy,
        all: busy + idle + disk + hard + soft,
        cores: u64::try_from(cores).ok().filter(|cores| *cores > 0)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "cpu  100 10 50 1000 20 5 15 7 3 0\ncpu0 1 2 3\ncpu1 1 2 3\nintr 1 2 3\n";

    #[test]
    fn the_machine_is_busy_with_programs_and_with_other_machines() {
        let read = Ticks {
            busy: 167,
            all: 1207,
            cores: 2,
        };
        assert_eq!(ticks(STAT), Some(read));
        for other in [
            "",
            "cpu \n",
            "cpu  1 2 3\ncpu0 1\n",
            "cpu  1 2 3 4 5 6 7 8\n",
        ] {
            assert_eq!(ticks(other), None, "{other:?}");
        }
    }

    #[test]
    fn others_took_what_we_did_not() {
        let ticks = |busy, all| Ticks {
            busy,
            all,
            cores: 2,
        };
        let second = Duration::from_secs(1);
        let others = |own| ticks(250, 1200).since(ticks(100, 1000), own, second);
        assert!((others(second).unwrap() - 0.25).abs() < 1e-9);
        assert_eq!(others(3 * second), Some(0.0), "no less than nothing");
        assert_eq!(ticks(1, 1).since(ticks(1, 1), second, second), None);
    }

    #[test]
    fn this_machine_can_be_asked() {
        let company = Company::now().expect("figures");
        // Whatever the machine does meanwhile, asking panics at nothing.
        let _complaint = company.complaint();
    }
}
