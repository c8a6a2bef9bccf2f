//! The load by other programs during a tuning, which spreads the results of equal candidates.

use std::time::{Duration, Instant};

use nix::sys::resource::{Usage, UsageWho, getrusage};

use crate::base::as_f64;
use crate::base::host::CpuTime;

/// The share of a machine's time by other programs that deserves a warning.
const LITTLE: f64 = 0.1;

/// The CPU times of the machine and of this program at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OtherLoad {
    at: Instant,
    machine: CpuTime,
    own: Duration,
}

impl OtherLoad {
    /// The times now; `None` where the system does not report them.
    pub(crate) fn now() -> Option<Self> {
        let time = |who| Some(time_of(&getrusage(who).ok()?));
        let own = time(UsageWho::RUSAGE_SELF)? + time(UsageWho::RUSAGE_CHILDREN)?;
        let machine = CpuTime::now()?;
        let at = Instant::now();
        Some(Self { at, machine, own })
    }

    /// The warning if other programs took more than a little of the machine's time since then. This program
    /// and its ended children do not count.
    pub(crate) fn warning(&self) -> Option<String> {
        let others = self.others(&Self::now()?, Duration::ZERO)?;
        (others > LITTLE).then(|| {
            let percent = others * 100.0;
            format!(
                "something else took {percent:.0} % of this machine's CPU time meanwhile: runs lie \
                 farther apart for it, and give less, than on a machine that is quiet"
            )
        })
    }

    /// The share of the machine's time that other programs took until a later moment. `besides` is the time
    /// of a child that has not ended yet.
    pub(crate) fn others(&self, later: &Self, besides: Duration) -> Option<f64> {
        let elapsed = later.at.saturating_duration_since(self.at);
        let own = later.own.saturating_sub(self.own).saturating_add(besides);
        share_of_others(self.machine, later.machine, own, elapsed)
    }
}

/// The share of the machine's time that other programs took between two moments, if this program took `own`
/// of `elapsed`.
fn share_of_others(then: CpuTime, now: CpuTime, own: Duration, elapsed: Duration) -> Option<f64> {
    let busy = as_f64(now.busy.checked_sub(then.busy)?);
    let all = as_f64(now.all.checked_sub(then.all).filter(|all| *all > 0)?);
    let own = own.as_secs_f64() / (elapsed.as_secs_f64() * as_f64(now.cores));
    own.is_finite().then(|| (busy / all - own).max(0.0))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_took_what_we_did_not() {
        let time = |busy, all| CpuTime {
            busy,
            idle: all - busy,
            all,
            cores: 2,
        };
        let second = Duration::from_secs(1);
        let others = |own| share_of_others(time(100, 1000), time(250, 1200), own, second);
        assert!((others(second).unwrap() - 0.25).abs() < 1e-9);
        assert_eq!(others(3 * second), Some(0.0), "no less than nothing");
        assert_eq!(
            share_of_others(time(1, 1), time(1, 1), second, second),
            None
        );
    }

    #[test]
    fn this_machine_can_be_asked() {
        let other_load = OtherLoad::now().expect("figures");
        // The test only shows that no state of the machine makes the call panic.
        let _complaint = other_load.warning();
    }
}
