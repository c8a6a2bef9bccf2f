//! The ledger of the last seconds.

use std::collections::VecDeque;

use super::ledger::{Balance, Class, Ledger, Outcome};
use crate::observe::{RECENTLY, Recent};

/// The ledger as it stood at each of the last seconds, the latest at the end.
#[derive(Debug)]
pub(super) struct LastSeconds(VecDeque<Balance>);

impl Default for LastSeconds {
    fn default() -> Self {
        let nothing = Ledger::default().balance();
        Self(VecDeque::from([nothing]))
    }
}

impl LastSeconds {
    /// Takes in the ledger of another second, and says what became of the clients of the last ones.
    pub(super) fn next(&mut self, balance: Balance) -> Recent {
        let seconds = usize::try_from(RECENTLY.as_secs()).unwrap_or(usize::MAX);
        if self.0.len() > seconds {
            self.0.pop_front();
        }
        let before = self.0.front().copied().unwrap_or(balance);
        self.0.push_back(balance);
        let since = |count: fn(&Balance) -> u64| count(&balance).saturating_sub(count(&before));
        Recent::of(
            (since(refused), since(clients)),
            (since(closed), since(sessions)),
        )
    }
}

/// Clients that asked for something, or might have.
fn clients(balance: &Balance) -> u64 {
    balance
        .accepted()
        .saturating_sub(balance.total(Class::Probe))
}

/// Clients for which no worker came.
fn refused(balance: &Balance) -> u64 {
    balance.count(Outcome::QueueFull) + balance.count(Outcome::QueueTimeout)
}

fn sessions(balance: &Balance) -> u64 {
    let classes = [Class::Served, Class::Closed, Class::Failed];
    classes.iter().map(|class| balance.total(*class)).sum()
}

/// Sessions that were closed in favour of others.
fn closed(balance: &Balance) -> u64 {
    balance.count(Outcome::Reclaimed) + balance.count(Outcome::ReclaimedMidway)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for _ in 0..10 {
            let recent = seconds.next(ledger.balance());
            assert_eq!(recent, Recent::of((1, 4), (1, 3)));
        }
        assert_eq!(seconds.next(ledger.balance()), Recent::default());
    }
}
