//! The validity check of the what-if.
//! A replay means nothing if another number of workers would have changed the sessions themselves.

use std::fmt;

use super::format::percent;
use super::share;
use super::windows::Measured;

/// The least idle share of the machine's CPU time. Below it, sessions wait for each other outside the
/// queue.
const LEAST_IDLE: f64 = 0.1;

/// The largest share of shortened sessions; more would affect the 99th percentile.
const MOST_SHORTENED: f64 = 0.01;

/// The largest share of missed sessions; more would affect the 99th percentile.
const MOST_MISSED: f64 = 0.01;

/// A reason why the assumption is not valid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Validity {
    /// Only this share of the machine's CPU time was idle.
    Saturated(f64),
    /// This share of the sessions was not observed, or not in order.
    Missed(f64),
    /// This share of the sessions was closed early to make room.
    Shortened(f64),
}

impl Validity {
    /// The reason why the assumption is not valid, if any, from the measurements and the idle share of the
    /// machine's CPU time, if known.
    pub(crate) fn of(idle: Option<f64>, measured: &Measured) -> Option<Self> {
        let arrivals = measured.arrivals();
        let sessions = measured.waits.count().max(measured.shortened);
        let shortened = share(measured.shortened.into(), sessions.into()).unwrap_or(0.0);
        let all = arrivals.saturating_add(measured.missed);
        let missed = share(measured.missed.into(), all.into()).unwrap_or(0.0);
        match idle {
            Some(idle) if idle < LEAST_IDLE => Some(Self::Saturated(idle)),
            _ if missed > MOST_MISSED => Some(Self::Missed(missed)),
            _ if shortened > MOST_SHORTENED => Some(Self::Shortened(shortened)),
            _ => None,
        }
    }
}

impl fmt::Display for Validity {
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
            Self::Missed(missed) => {
                let missed = percent(*missed);
                write!(f, "{missed} of the sessions came too fast to be followed")
            }
            Self::Shortened(shortened) => {
                let shortened = percent(*shortened);
                write!(
                    f,
                    "{shortened} of the sessions were closed early to make room, and would have \
                     lasted longer with more workers"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thousand sessions; some of them were shortened, and further ones were missed.
    fn thousand(shortened: u64, missed: u64) -> Measured {
        let mut measured = Measured {
            shortened,
            missed,
            ..Measured::default()
        };
        (0..1000).for_each(|_| measured.waits.record(0));
        measured
    }

    #[test]
    fn only_a_machine_without_idle_time_is_doubted() {
        for idle in [None, Some(0.1), Some(1.0)] {
            assert_eq!(Validity::of(idle, &thousand(0, 0)), None, "{idle:?}");
        }
        for idle in [0.0, 0.09] {
            let doubt = Validity::of(Some(idle), &thousand(0, 0));
            assert_eq!(doubt, Some(Validity::Saturated(idle)));
        }
    }

    #[test]
    fn one_shortened_session_in_a_hundred_is_no_reason_to_be_silent_and_more_are() {
        assert_eq!(Validity::of(None, &thousand(10, 0)), None);
        let doubt = Validity::of(Some(0.5), &thousand(20, 0));
        assert_eq!(doubt, Some(Validity::Shortened(0.02)));
        let overloaded = Measured {
            refused: 9000,
            ..thousand(20, 0)
        };
        let doubt = Validity::of(None, &overloaded);
        assert_eq!(
            doubt,
            Some(Validity::Shortened(0.02)),
            "a refusal is no session"
        );
    }

    #[test]
    fn one_missed_session_in_a_hundred_is_no_reason_to_be_silent_and_more_are() {
        assert_eq!(Validity::of(None, &thousand(0, 10)), None);
        let doubt = Validity::of(Some(0.5), &thousand(20, 250));
        assert_eq!(doubt, Some(Validity::Missed(0.2)));
    }
}
