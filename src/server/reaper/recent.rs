//! Counts of refused clients and closed sessions in the last seconds.

use std::collections::VecDeque;

use crate::observe::{RECENTLY, Recent};
use crate::server::ledger::{Balance, Outcome};

/// The counts at the end of each of the last seconds, the latest last.
#[derive(Debug)]
pub(crate) struct LastSeconds(VecDeque<Counts>);

/// Counts since the start of the server.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    /// Clients refused for lack of a worker.
    refused: u64,
    /// Sessions closed in favour of others.
    closed: u64,
    sessions: Sessions,
}

/// The sessions of all workers since the start of the server.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Sessions {
    pub(crate) begun: u64,
    pub(crate) ended: u64,
}

impl Default for LastSeconds {
    fn default() -> Self {
        Self(VecDeque::from([Counts::default()]))
    }
}

impl LastSeconds {
    /// Adds the counts at the end of another second, and returns the results of the last seconds.
    /// Connections that did not ask for a worker do not count.
    pub(crate) fn next(&mut self, balance: Balance, sessions: Sessions) -> Recent {
        let count = |outcome| balance.count(outcome);
        let counts = Counts {
            refused: count(Outcome::QueueFull) + count(Outcome::QueueTimeout),
            closed: count(Outcome::Reclaimed) + count(Outcome::ReclaimedMidway),
            sessions,
        };
        let seconds = usize::try_from(RECENTLY.as_secs()).unwrap_or(usize::MAX);
        if self.0.len() > seconds {
            self.0.pop_front();
        }
        let before = self.0.front().copied().unwrap_or(counts);
        self.0.push_back(counts);
        let since = |count: fn(&Counts) -> u64| count(&counts).saturating_sub(count(&before));
        let refused = since(|it| it.refused);
        Recent::of(
            (refused, refused + since(|it| it.sessions.begun)),
            (since(|it| it.closed), since(|it| it.sessions.ended)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::ledger::Ledger;

    #[test]
    fn what_became_of_clients_is_forgotten_after_ten_seconds() {
        let ledger = Ledger::default();
        let end = |outcome, times| {
            for _ in 0..times {
                ledger.accept();
                ledger.end(outcome);
            }
        };
        let mut seconds = LastSeconds::default();
        end(Outcome::QueueTimeout, 1);
        end(Outcome::Reclaimed, 1);
        end(Outcome::Quit, 2);
        end(Outcome::Probe, 9);
        end(Outcome::Evicted, 9);
        let sessions = Sessions { begun: 4, ended: 3 };
        for _ in 0..10 {
            let recent = seconds.next(ledger.balance(), sessions);
            assert_eq!(recent, Recent::of((1, 5), (1, 3)));
        }
        assert_eq!(seconds.next(ledger.balance(), sessions), Recent::default());
    }
}
