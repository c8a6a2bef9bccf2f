//! The phases of a server from start to end, and the deadline of a drain.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;

/// The phase of the server. Phases only move forward, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Admitting and serving.
    Running,
    /// Admitting and serving, with a drain announced.
    LameDuck,
    /// Finishing admitted sessions, admitting no more.
    Draining,
    /// Out of time: the remaining sessions are cut.
    Cutting,
}

/// The phase, shared by all threads of a server.
#[derive(Debug, Default)]
pub(super) struct Life {
    phase: AtomicU8,
    /// The end of the drain. Set before the phase becomes `Draining`.
    deadline: OnceLock<Instant>,
}

impl Life {
    pub(super) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Running,
            1 => Phase::LameDuck,
            2 => Phase::Draining,
            _ => Phase::Cutting,
        }
    }

    /// Announces that a drain is about to begin.
    pub(super) fn announce_drain(&self) {
        self.phase
            .fetch_max(Phase::LameDuck as u8, Ordering::Release);
    }

    /// Begins the drain, unless it has already begun.
    pub(super) fn drain(&self, deadline: Instant) {
        // A second drain does not move the deadline of the first.
        let _ = self.deadline.set(deadline);
        self.phase
            .fetch_max(Phase::Draining as u8, Ordering::Release);
    }

    /// Ends the drain at once.
    pub(super) fn cut(&self) {
        self.phase
            .fetch_max(Phase::Cutting as u8, Ordering::Release);
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline.get().copied()
    }
}
