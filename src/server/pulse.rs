//! Signs of life: what a server shows to whoever watches over it, so that one that hangs is found out.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::tick::Tick;

/// How far the threads that keep a server going had come at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulse {
    tick: Tick,
    answers: u64,
}

impl Pulse {
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
pub(super) struct Vitals {
    asked: AtomicBool,
    answers: AtomicU64,
}

impl Vitals {
    pub(super) fn pulse(&self, tick: Tick) -> Pulse {
        let answers = self.answers.load(Ordering::Acquire);
        Pulse { tick, answers }
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
        let vitals = Vitals::default();
        let first = vitals.pulse(Tick(1));
        assert!(vitals.ask());
        assert!(!vitals.ask(), "asked twice for one answer");
        assert!(!vitals.pulse(Tick(2)).is_ahead_of(first), "no acceptor");
        vitals.answer();
        assert!(!vitals.pulse(Tick(1)).is_ahead_of(first), "no reaper");
        let second = vitals.pulse(Tick(2));
        assert!(second.is_ahead_of(first));
        assert!(vitals.ask());
        assert!(!vitals.pulse(Tick(3)).is_ahead_of(second));
        vitals.leave();
        let third = vitals.pulse(Tick(4));
        assert!(third.is_ahead_of(second));
        assert!(vitals.pulse(Tick(5)).is_ahead_of(third));
    }
}
