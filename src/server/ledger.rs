//! Where every accepted connection ended: accepted = served + refused + failed, exactly.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// How one accepted connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The client asked for the end.
    Quit,
    /// The client closed its side between two commands, or before a worker was free for it.
    ClientClosed,
    /// Closed in order: the client was silent for longer than the idle timeout.
    Idle,
    /// Closed in order between two commands: the server was draining.
    Drained,
    /// Closed in order between two commands: it had got nowhere for long, and others waited.
    Reclaimed,
    /// Closed in order after a command: its turn was over, and others waited.
    TurnOver,
    /// Refused: every place in the queue was taken.
    QueueFull,
    /// Refused: no worker was free within the queue timeout.
    QueueTimeout,
    /// Refused: its client had as many sessions as one client may.
    ClientSessions,
    /// Refused: its client began sessions more often than one client may.
    ClientRate,
    /// Refused without a word: the client's address may not connect.
    Denied,
    /// Refused: still queued when the drain ran out of time.
    DrainTimeout,
    /// The client broke the protocol.
    Rejected,
    /// The client closed its side inside a command.
    Truncated,
    /// The connection was reset, or lost.
    Reset,
    /// A command took longer to arrive than the command timeout.
    CommandTimeout,
    /// Replies were not taken within the write timeout.
    WriteTimeout,
    /// Ended inside a command or a write: it had got nowhere for long, and others waited.
    ReclaimedMidway,
    /// The session lasted longer than the session timeout.
    SessionTimeout,
    /// Cut: the drain ran out of time, or was told to end at once.
    Cut,
    /// The service panicked.
    Panicked,
    /// The operating system refused to read or write.
    Io,
}

/// The three ways a connection can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The session came to an orderly end.
    Served,
    /// Not admitted, or given up before a worker was free; the client was told, unless it was denied.
    Refused,
    /// The session ended in the middle of something.
    Failed,
}

impl Outcome {
    /// Every outcome, in the order in which they are printed.
    pub const ALL: [Self; 22] = [
        Self::Quit,
        Self::ClientClosed,
        Self::Idle,
        Self::Drained,
        Self::Reclaimed,
        Self::TurnOver,
        Self::QueueFull,
        Self::QueueTimeout,
        Self::ClientSessions,
        Self::ClientRate,
        Self::Denied,
        Self::DrainTimeout,
        Self::Rejected,
        Self::Truncated,
        Self::Reset,
        Self::CommandTimeout,
        Self::WriteTimeout,
        Self::ReclaimedMidway,
        Self::SessionTimeout,
        Self::Cut,
        Self::Panicked,
        Self::Io,
    ];

    /// Which part of the sum this outcome belongs to.
    pub fn class(self) -> Class {
        match self {
            Self::Quit
            | Self::ClientClosed
            | Self::Idle
            | Self::Drained
            | Self::Reclaimed
            | Self::TurnOver => Class::Served,
            Self::QueueFull
            | Self::QueueTimeout
            | Self::ClientSessions
            | Self::ClientRate
            | Self::Denied
            | Self::DrainTimeout => Class::Refused,
            Self::Rejected
            | Self::Truncated
            | Self::Reset
            | Self::CommandTimeout
            | Self::WriteTimeout
            | Self::ReclaimedMidway
            | Self::SessionTimeout
            | Self::Cut
            | Self::Panicked
            | Self::Io => Class::Failed,
        }
    }

    /// The name of the outcome in logs and in the printed ledger.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quit => "quit",
            Self::ClientClosed => "client closed",
            Self::Idle => "idle",
            Self::Drained => "drained",
            Self::Reclaimed => "reclaimed",
            Self::TurnOver => "turn over",
            Self::QueueFull => "queue full",
            Self::QueueTimeout => "queue timeout",
            Self::ClientSessions => "client sessions",
            Self::ClientRate => "client rate",
            Self::Denied => "denied",
            Self::DrainTimeout => "drain timeout",
            Self::Rejected => "rejected",
            Self::Truncated => "truncated",
            Self::Reset => "reset",
            Self::CommandTimeout => "command timeout",
            Self::WriteTimeout => "write timeout",
            Self::ReclaimedMidway => "reclaimed midway",
            Self::SessionTimeout => "session timeout",
            Self::Cut => "cut",
            Self::Panicked => "panicked",
            Self::Io => "i/o error",
        }
    }
}

/// Counts every accepted connection and how it ended.
///
/// The counters are independent, so the order of their updates does not matter; a reader who needs
/// them to agree waits for the acceptor and the workers to end first.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    accepted: AtomicU64,
    ended: [AtomicU64; Outcome::ALL.len()],
}

impl Ledger {
    pub(super) fn accept(&self) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn end(&self, outcome: Outcome) {
        if let Some(counter) = self.ended.get(outcome as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn balance(&self) -> Balance {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Balance {
            accepted: read(&self.accepted),
            ended: self.ended.each_ref().map(read),
        }
    }
}

/// What the ledger read at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    accepted: u64,
    ended: [u64; Outcome::ALL.len()],
}

impl Balance {
    /// Connections that were accepted.
    pub fn accepted(&self) -> u64 {
        self.accepted
    }

    /// Connections that ended in this way.
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.ended.get(outcome as usize).copied().unwrap_or(0)
    }

    /// Connections that ended in one of the ways of a class.
    pub fn total(&self, class: Class) -> u64 {
        let of_class = |outcome: &Outcome| outcome.class() == class;
        let counts = Outcome::ALL.into_iter().filter(of_class);
        counts.map(|outcome| self.count(outcome)).sum()
    }

    /// Whether every accepted connection has ended, and each was counted once.
    pub fn is_balanced(&self) -> bool {
        self.accepted == self.ended.iter().sum::<u64>()
    }

    /// The outcomes of a class that happened, as `3 quit, 1 idle`.
    fn write_details(&self, f: &mut fmt::Formatter<'_>, class: Class) -> fmt::Result {
        let happened = Outcome::ALL
            .into_iter()
            .filter(|outcome| outcome.class() == class && self.count(*outcome) > 0);
        for (nth, outcome) in happened.enumerate() {
            let before = if nth == 0 { " (" } else { ", " };
            write!(f, "{before}{} {}", self.count(outcome), outcome.name())?;
        }
        if self.total(class) > 0 {
            f.write_str(")")?;
        }
        Ok(())
    }
}

impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} accepted", self.accepted)?;
        for (sign, class, name) in [
            ('=', Class::Served, "served"),
            ('+', Class::Refused, "refused"),
            ('+', Class::Failed, "failed"),
        ] {
            write!(f, " {sign} {} {name}", self.total(class))?;
            self.write_details(f, class)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_has_a_counter_and_a_name_of_its_own() {
        let ledger = Ledger::default();
        for (nth, outcome) in Outcome::ALL.into_iter().enumerate() {
            assert_eq!(outcome as usize, nth);
            ledger.accept();
            ledger.end(outcome);
            assert_eq!(ledger.balance().count(outcome), 1);
        }
        assert!(ledger.balance().is_balanced());
        let mut names: Vec<_> = Outcome::ALL.map(Outcome::name).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Outcome::ALL.len());
    }

    #[test]
    fn a_connection_that_has_not_ended_leaves_the_ledger_unbalanced() {
        let ledger = Ledger::default();
        ledger.accept();
        assert!(!ledger.balance().is_balanced());
    }

    #[test]
    fn the_ledger_reads_as_a_sum_with_its_parts() {
        let ledger = Ledger::default();
        for outcome in [Outcome::Quit, Outcome::Quit, Outcome::Idle, Outcome::Reset] {
            ledger.accept();
            ledger.end(outcome);
        }
        assert_eq!(
            ledger.balance().to_string(),
            "4 accepted = 3 served (2 quit, 1 idle) + 0 refused + 1 failed (1 reset)"
        );
    }
}
