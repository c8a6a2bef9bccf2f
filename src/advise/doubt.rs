//! When another number of workers would have changed the sessions themselves, so that replaying them
//! says nothing.

use std::fmt;

use super::share;
use super::written::percent;

/// The share of the machine's CPU time that must be idle: with less, sessions wait for each other
/// outside of the queue.
const LEAST_IDLE: f64 = 0.1;

/// The share of arrivals that may be shortened: with more, they are seen in the 99th percentile.
const MOST_SHORTENED: f64 = 0.01;

/// What stands against the assumption.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Doubt {
    /// This share of the machine's CPU time was idle.
    Saturated(f64),
    /// This share of the sessions was ended because others waited.
    Shortened(f64),
}

impl Doubt {
    /// What stands against it, if anything does: by the idle share of the machine's CPU time, where it
    /// is known, and the sessions among all arrivals that were shortened.
    pub(super) fn of(idle: Option<f64>, shortened: u64, arrivals: u64) -> Option<Self> {
        let shortened = share(shortened.into(), arrivals.into()).unwrap_or(0.0);
        match idle {
            Some(idle) if idle < LEAST_IDLE => Some(Self::Saturated(idle)),
            _ if shortened > MOST_SHORTENED => Some(Self::Shortened(shortened)),
            _ => None,
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Saturated(idle) => {
                let busy = percent(1.0 - idle);
                write!(
                    f,
                    "the machine's CPU was {busy} busy, so with more workers sessions might have \
                     lasted longer"
                )
            }
            Self::Shortened(shortened) => {
                let shortened = percent(*shortened);
                write!(
                    f,
                    "{shortened} of the sessions were ended because others waited, and would have \
                     lasted longer with more workers"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_machine_without_idle_time_is_doubted() {
        for idle in [None, Some(0.1), Some(1.0)] {
            assert_eq!(Doubt::of(idle, 0, 1000), None, "{idle:?}");
        }
        for idle in [0.0, 0.09] {
            assert_eq!(Doubt::of(Some(idle), 0, 1000), Some(Doubt::Saturated(idle)));
        }
    }

    #[test]
    fn one_shortened_session_in_a_hundred_is_no_reason_to_be_silent_and_more_are() {
        assert_eq!(Doubt::of(None, 10, 1000), None);
        let doubt = Doubt::of(Some(0.5), 20, 1000);
        assert_eq!(doubt, Some(Doubt::Shortened(0.02)));
    }
}
