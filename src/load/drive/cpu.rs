//! CPU time of a thread, and the time it waited for a core.

use std::fs;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// A thread's CPU figures, since its start or between two moments.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cpu {
    /// Time spent computing.
    pub(super) used: Duration,
    /// Time ready to compute while other threads had the cores.
    pub(super) delayed: Duration,
}

impl Cpu {
    /// This thread's figures until now; zero where the system gives none.
    pub(super) fn now() -> Self {
        let used = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID);
        let scheduled = fs::read_to_string("/proc/thread-self/schedstat").ok();
        Self {
            used: used.map_or(Duration::ZERO, Duration::from),
            delayed: scheduled.as_deref().and_then(delay).unwrap_or_default(),
        }
    }

    /// The figures since an earlier moment.
    pub(super) fn since(self, then: Self) -> Self {
        Self {
            used: self.used.saturating_sub(then.used),
            delayed: self.delayed.saturating_sub(then.delayed),
        }
    }
}

/// The second of the scheduler's figures: nanoseconds computed, nanoseconds waited, time slices.
///
/// Source: `Documentation/scheduler/sched-stats.rst` of Linux.
fn delay(scheduled: &str) -> Option<Duration> {
    let waited = scheduled.split_whitespace().nth(1)?;
    waited.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_is_the_second_figure() {
        assert_eq!(delay("1409586 250 7\n"), Some(Duration::from_nanos(250)));
        for other in ["", "1409586\n", "1409586 x 7\n"] {
            assert_eq!(delay(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_thread_that_computes_uses_time() {
        let before = Cpu::now();
        let enough = Duration::from_millis(1);
        // This loop is the thread's only work, so it ends after that CPU time.
        while Cpu::now().since(before).used < enough {}
        assert!(Cpu::now().used >= before.used + enough);
    }
}
