//! The ledger of connections: accepted = served + refused + closed + failed + probes, exactly.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Defines [`Outcome`] from one row each: its identifier, class, name in logs and metrics, and meaning.
macro_rules! outcomes {
    ($($outcome:ident, $class:ident, $name:literal, $meaning:literal;)*) => {
        /// The end of one accepted connection.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Outcome {
            $(#[doc = $meaning] $outcome,)*
        }

        impl Outcome {
            /// All outcomes, in print order.
            pub const ALL: [Self; [$(Self::$outcome),*].len()] = [$(Self::$outcome),*];

            /// The term of the sum that this outcome belongs to.
            pub fn class(self) -> Class {
                match self {
                    $(Self::$outcome => Class::$class,)*
                }
            }

            /// The name of the outcome in logs, metrics and the printed ledger.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$outcome => $name,)*
                }
            }
        }
    };
}

impl Outcome {
    /// Whether the client, not the server, ended a session that a worker served.
    pub(super) fn is_of_client(self) -> bool {
        matches!(
            self,
            Self::Quit | Self::ClientClosed | Self::Rejected | Self::Truncated | Self::Reset
        )
    }
}

outcomes! {
    Quit, Served, "quit", "The client asked for the end.";
    ClientClosed, Served, "client closed", "The client closed its side between two commands.";
    QueueFull, Refused, "queue full", "Every place in the queue was taken.";
    QueueTimeout, Refused, "queue timeout", "No worker was free within the queue timeout.";
    ClientSessions, Refused, "client sessions", "The client had as many sessions as one client may.";
    ClientRate, Refused, "client rate", "The client began sessions more often than one client may.";
    Denied, Refused, "denied", "The client's address may not connect.";
    DrainTimeout, Refused, "drain timeout", "It was still queued when the drain ran out of time.";
    Idle, Closed, "idle", "The client was silent between commands for longer than the idle timeout.";
    Evicted, Closed, "evicted", "Too many clients had sent no whole command, and no address had more of them.";
    Drained, Closed, "drained", "The server was draining, and the client was between two commands or in its first.";
    Reclaimed, Closed, "reclaimed", "Its turn was over while others waited; the client was between two commands.";
    ReclaimedMidway, Closed, "reclaimed midway", "The same; the client was inside a command, or took no replies.";
    SessionTimeout, Closed, "session timeout", "The session lasted longer than the session timeout.";
    Rejected, Failed, "rejected", "The client broke the protocol.";
    Truncated, Failed, "truncated", "The client closed its side inside a command.";
    Reset, Failed, "reset", "The connection was reset, or lost.";
    CommandTimeout, Failed, "command timeout", "A command took longer to arrive than the command timeout.";
    WriteTimeout, Failed, "write timeout", "Replies were not taken within the write timeout.";
    Cut, Failed, "cut", "The drain ran out of time, or was told to end at once.";
    Panicked, Failed, "panicked", "The service panicked.";
    Io, Failed, "i/o error", "The operating system refused to read or write.";
    Probe, Probe, "probe", "The client closed or reset the connection without having sent anything.";
}

/// The classes of outcomes: the terms of the sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The client ended the session normally.
    Served,
    /// The client was not admitted.
    Refused,
    /// The server ended the session as configured. This is not a failure.
    Closed,
    /// The session was broken off.
    Failed,
    /// The connection ended before the client had sent any bytes, as a load balancer's check does.
    Probe,
}

impl Class {
    /// All classes, in print order.
    pub const ALL: [Self; 5] = [
        Self::Served,
        Self::Refused,
        Self::Closed,
        Self::Failed,
        Self::Probe,
    ];

    /// The name of the class.
    pub fn name(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Refused => "refused",
            Self::Closed => "closed",
            Self::Failed => "failed",
            Self::Probe => "probes",
        }
    }
}

/// Counts every accepted connection and its outcome.
///
/// The counters are independent, so the order of their updates does not matter. A reader that needs
/// consistent counters first waits for the acceptor and the workers to end.
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

/// The counters of the ledger at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    accepted: u64,
    ended: [u64; Outcome::ALL.len()],
}

impl Balance {
    /// The number of accepted connections.
    pub fn accepted(&self) -> u64 {
        self.accepted
    }

    /// The number of connections with this outcome.
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.ended.get(outcome as usize).copied().unwrap_or(0)
    }

    /// The number of connections with an outcome of this class.
    pub fn total(&self, class: Class) -> u64 {
        let of_class = |outcome: &Outcome| outcome.class() == class;
        let counts = Outcome::ALL.into_iter().filter(of_class);
        counts.map(|outcome| self.count(outcome)).sum()
    }

    /// Whether every accepted connection has ended and was counted once.
    pub fn is_balanced(&self) -> bool {
        self.accepted == self.ended.iter().sum::<u64>()
    }

    /// Writes the outcomes of a class that occurred, as `3 quit, 1 idle`.
    fn write_details(&self, f: &mut fmt::Formatter<'_>, class: Class) -> fmt::Result {
        if class == Class::Probe {
            return Ok(());
        }
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
        for (class, sign) in Class::ALL.into_iter().zip(["=", "+", "+", "+", "+"]) {
            write!(f, " {sign} {} {}", self.total(class), class.name())?;
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
            "4 accepted = 2 served (2 quit) + 0 refused + 1 closed (1 idle) + 1 failed (1 reset) + 0 probes"
        );
    }
}
