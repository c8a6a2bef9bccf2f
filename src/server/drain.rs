//! The phases of a server's life, and when a drain is out of time.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;

/// Where in its life the server is; it only ever moves downward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Admitting and serving.
    Running,
    /// Still doing so, but about to drain.
    LameDuck,
    /// Finishing what was admitted, admitting nothing more.
    Draining,
    /// Out of time: whatever is left is cut.
    Cutting,
}

/// The phase, shared by all threads of a server.
#[derive(Debug, Default)]
pub(super) struct Life {
    phase: AtomicU8,
    /// When the drain is out of time; set before the phase says `Draining`.
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

    /// Says that a drain is about to begin.
    pub(super) fn announce_drain(&self) {
        self.phase
            .fetch_max(Phase::LameDuck as u8, Ordering::Release);
    }

    /// Begins the drain, unless it has begun.
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
