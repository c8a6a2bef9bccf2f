//! The coarse clock: a tick count that the reaper advances and workers read without a system call.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The interval of the reaper's rounds, and so the resolution of session times.
pub(super) const TICK: Duration = Duration::from_millis(20);

/// A moment: the number of rounds the reaper had begun.
///
/// A tick lasts [`TICK`] or longer, never less. When the machine stalls the reaper, limits stretch by as
/// much. So no session is closed for time in which the server could not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tick(pub(super) u64);

impl Tick {
    /// Whole ticks that have certainly passed since `earlier`.
    pub(super) fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0).saturating_sub(1)
    }

    /// The time that has passed since `earlier`, accurate to one tick.
    pub(super) fn time_since(self, earlier: Self) -> Duration {
        let ticks = u32::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(u32::MAX);
        TICK.saturating_mul(ticks)
    }
}

/// The fewest ticks that last at least `duration`.
pub(super) fn ticks(duration: Duration) -> u64 {
    let ticks = duration.as_nanos().div_ceil(TICK.as_nanos());
    u64::try_from(ticks).unwrap_or(u64::MAX)
}

/// The tick count, written by the reaper and read by the workers.
///
/// All accesses are relaxed: a worker that reads the previous count stamps a moment one tick too early.
/// [`Tick::since`] does not count that tick.
#[derive(Debug, Default)]
pub(super) struct CoarseClock(AtomicU64);

impl CoarseClock {
    pub(super) fn now(&self) -> Tick {
        Tick(self.0.load(Ordering::Relaxed))
    }

    /// Begins the next tick.
    pub(super) fn advance(&self) -> Tick {
        Tick(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_never_shorter_than_it_says() {
        for millis in [1, 19, 20, 21, 100, 60_000] {
            let limit = Duration::from_millis(millis);
            let begun = Tick(7);
            let over = Tick(begun.0 + 1 + ticks(limit));
            assert!(over.since(begun) >= ticks(limit));
            assert!(TICK * u32::try_from(over.since(begun)).unwrap() >= limit);
            assert!(Tick(over.0 - 1).since(begun) < ticks(limit));
        }
    }
}
