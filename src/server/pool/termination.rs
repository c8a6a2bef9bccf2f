//! Terminations: the reaper's reasons to end a session, and their effect on the connection.

use std::net::Shutdown;

use crate::server::ledger::Outcome;

/// The reason why the reaper ended a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Termination {
    /// The client was silent for too long between commands.
    Idle,
    /// The session was between two commands while the server drains.
    Drained,
    /// One command took too long.
    CommandTimeout,
    /// The whole session took too long.
    SessionTimeout,
    /// One write took too long.
    WriteTimeout,
    /// Reclaimed for a waiting client, between two commands.
    Reclaimed,
    /// Reclaimed for a waiting client, inside a command.
    ReclaimedReading,
    /// Reclaimed for a waiting client, while its own client takes no replies.
    ReclaimedWriting,
    /// The drain ran out of time.
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

    /// The outcome in the ledger.
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

    /// The side of the connection to shut down. If it is only the reading side, input that has arrived is
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

    /// Whether this termination requires that no unread input exists. Input that the worker has not read
    /// may be half a command, or the rest of one.
    pub(crate) fn needs_silence(self) -> bool {
        matches!(
            self,
            Self::Idle | Self::Drained | Self::Reclaimed | Self::ReclaimedReading
        )
    }

    /// Whether this termination changes anything for a session already under `earlier`.
    pub(crate) fn outranks(self, earlier: Self) -> bool {
        self.shutdown() == Shutdown::Both && earlier.shutdown() == Shutdown::Read
    }
}
