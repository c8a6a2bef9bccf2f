//! Terminations: why the reaper ends a session, and what that does to its connection.

use std::net::Shutdown;

use crate::server::ledger::Outcome;

/// Why the reaper ended a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Termination {
    /// Silent for too long between commands.
    Idle,
    /// Between two commands while the server drains.
    Drained,
    /// Too long inside one command.
    CommandTimeout,
    /// Too long altogether.
    SessionTimeout,
    /// Too long in one write.
    WriteTimeout,
    /// Between two commands for long enough to give way to one that waits.
    Reclaimed,
    /// The same, inside a command.
    ReclaimedReading,
    /// The same, while its client takes no replies.
    ReclaimedWriting,
    /// Out of time in a drain.
    Cut,
}

impl Termination {
    pub(crate) const ALL: [Self; 9] = [
        Self::Idle,
        Self::Drained,
        Self::CommandTimeout,
        Self::SessionTimeout,
        Self::WriteTimeout,
        Self::Reclaimed,
        Self::ReclaimedReading,
        Self::ReclaimedWriting,
        Self::Cut,
    ];

    /// How the ledger counts a session that ended under this termination.
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::Idle => Outcome::Idle,
            Self::Drained => Outcome::Drained,
            Self::CommandTimeout => Outcome::CommandTimeout,
            Self::SessionTimeout => Outcome::SessionTimeout,
            Self::WriteTimeout => Outcome::WriteTimeout,
            Self::Reclaimed => Outcome::Reclaimed,
            Self::ReclaimedReading | Self::ReclaimedWriting => Outcome::ReclaimedMidway,
            Self::Cut => Outcome::Cut,
        }
    }

    /// Which side of the connection is shut down: with the reading side alone, what has arrived is
    /// still read and answered.
    pub(crate) fn shutdown(self) -> Shutdown {
        match self {
            Self::Idle
            | Self::Drained
            | Self::CommandTimeout
            | Self::Reclaimed
            | Self::ReclaimedReading => Shutdown::Read,
            Self::SessionTimeout | Self::WriteTimeout | Self::ReclaimedWriting | Self::Cut => {
                Shutdown::Both
            }
        }
    }

    /// Whether the termination is for clients from which nothing more has come. Something may have come
    /// that the worker has not read yet, and that may be half a command, or the rest of one.
    pub(crate) fn needs_silence(self) -> bool {
        matches!(
            self,
            Self::Idle | Self::Drained | Self::Reclaimed | Self::ReclaimedReading
        )
    }

    /// Whether this termination still changes something for a session already under `earlier`.
    pub(crate) fn outranks(self, earlier: Self) -> bool {
        self.shutdown() == Shutdown::Both && earlier.shutdown() == Shutdown::Read
    }
}
