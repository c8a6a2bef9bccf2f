//! The progress counters of reaper and acceptor, from which a watchdog detects a hung server.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::tick::Tick;

/// The progress of the reaper and the acceptor at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Liveness {
    tick: Tick,
    answers: u64,
}

impl Liveness {
    /// Whether both threads have progressed since an earlier moment. A `false` means nothing within the
    /// first few ticks of 20 ms.
    pub fn is_ahead_of(self, earlier: Self) -> bool {
        let acceptor = self.answers > earlier.answers || self.answers == LEFT;
        self.tick > earlier.tick && acceptor
    }
}

/// The answer count of an acceptor that has ended. From then on the drain's deadline limits the rest.
const LEFT: u64 = u64::MAX;

/// The acceptor's answers to liveness requests. The reaper's progress is the tick that it advances.
#[derive(Debug, Default)]
pub(super) struct AcceptorLiveness {
    asked: AtomicBool,
    answers: AtomicU64,
}

impl AcceptorLiveness {
    pub(super) fn liveness(&self, tick: Tick) -> Liveness {
        let answers = self.answers.load(Ordering::Acquire);
        Liveness { tick, answers }
    }

    /// Asks for an answer. Returns whether no request was pending: the caller then wakes the acceptor.
    pub(super) fn ask(&self) -> bool {
        !self.asked.swap(true, Ordering::Relaxed)
    }

    /// Called by the acceptor in every round of its loop.
    pub(super) fn answer(&self) {
        // In this order, so that a thread that sees the answer can ask for the next.
        self.asked.store(false, Ordering::Relaxed);
        self.answers.fetch_add(1, Ordering::Release);
    }

    /// Called when the acceptor has ended.
    pub(super) fn leave(&self) {
        self.answers.store(LEFT, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulse_needs_both_threads() {
        let acceptor_liveness = AcceptorLiveness::default();
        let first = acceptor_liveness.liveness(Tick(1));
        assert!(acceptor_liveness.ask());
        assert!(!acceptor_liveness.ask(), "asked twice for one answer");
        assert!(
            !acceptor_liveness.liveness(Tick(2)).is_ahead_of(first),
            "no acceptor"
        );
        acceptor_liveness.answer();
        assert!(
            !acceptor_liveness.liveness(Tick(1)).is_ahead_of(first),
            "no reaper"
        );
        let second = acceptor_liveness.liveness(Tick(2));
        assert!(second.is_ahead_of(first));
        assert!(acceptor_liveness.ask());
        assert!(!acceptor_liveness.liveness(Tick(3)).is_ahead_of(second));
        acceptor_liveness.leave();
        let third = acceptor_liveness.liveness(Tick(4));
        assert!(third.is_ahead_of(second));
        assert!(acceptor_liveness.liveness(Tick(5)).is_ahead_of(third));
    }
}
