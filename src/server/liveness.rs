//! Signs of life: what a server shows to whoever watches over it, so that one that hangs is found out.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::tick::Tick;

/// How far the threads that keep a server going had come at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Liveness {
    tick: Tick,
    answers: u64,
}

impl Liveness {
    /// Whether each of these threads has gone on since an earlier moment. To be asked no sooner than
    /// a few ticks of 20 ms later: a `false` before that says nothing.
    pub fn is_ahead_of(self, earlier: Self) -> bool {
        let acceptor = self.answers > earlier.answers || self.answers == LEFT;
        self.tick > earlier.tick && acceptor
    }
}

/// The answers of an acceptor that has ended: the drain's deadline watches over what is left.
const LEFT: u64 = u64::MAX;

/// What the acceptor shows of itself; the reaper's sign of life is the tick it advances.
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

    /// Asks for an answer, and says whether nobody had: the acceptor is to be woken then.
    pub(super) fn ask(&self) -> bool {
        !self.asked.swap(true, Ordering::Relaxed)
    }

    /// The acceptor goes round.
    pub(super) fn answer(&self) {
        // In this order, so that whoever sees the answer can ask for the next.
        self.asked.store(false, Ordering::Relaxed);
        self.answers.fetch_add(1, Ordering::Release);
    }

    /// The acceptor has ended.
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
