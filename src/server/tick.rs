//! Time as the workers see it: a count that the reaper advances, read without asking the clock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often the reaper makes its round, and so how finely sessions are timed.
pub(super) const TICK: Duration = Duration::from_millis(20);

/// A moment: the number of rounds the reaper had begun.
///
/// A tick lasts [`TICK`] or longer, never less: when the machine stalls the reaper, limits stretch
/// by as much, and no session is closed for time in which nobody could have served it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tick(pub(super) u64);

impl Tick {
    /// Whole ticks that have passed for certain since `earlier`.
    pub(super) fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0).saturating_sub(1)
    }

    /// The time that has passed since `earlier`, to a tick.
    pub(super) fn time_since(self, earlier: Self) -> Duration {
        let ticks = u32::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(u32::MAX);
        TICK.saturating_mul(ticks)
    }
}

/// Ticks that make up at least this long.
pub(super) fn ticks(duration: Duration) -> u64 {
    let ticks = duration.as_nanos().div_ceil(TICK.as_nanos());
    u64::try_from(ticks).unwrap_or(u64::MAX)
}

/// The count, written by the reaper and read by the workers.
///
/// Relaxed throughout: a worker that reads the count before last stamps a moment too early by one
/// tick, which is the tick that [`Tick::since`] does not count.
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
