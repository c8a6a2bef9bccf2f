//! The sentence of the advice, for the choice of the number of workers.

use std::cmp::Ordering;
use std::fmt;

use super::advice::{PoolFigures, WindowFigures};
use super::format::{percent, time, workers};
use super::share;
use super::validity::Validity;
use super::windows::MINUTE;

/// A wait that counts as none, in seconds: about the time to wake a worker on a busy machine.
const NO_WAIT: f64 = 0.001;

/// A wait of up to this multiple of the shortest wait is as good as the shortest.
const AS_GOOD: f64 = 1.1;

/// The part of a trouble that must remain for it to count as not solved.
const MUCH: f64 = 0.1;

/// The sentence while too few clients have arrived.
pub(crate) fn too_few(arrivals: u64, needed: u64) -> String {
    format!("no advice yet: {arrivals} sessions seen, {needed} needed.")
}

/// The sentence while no session length is known.
pub(crate) fn no_lengths() -> String {
    "no advice yet: no session has ended, so their length is unknown.".to_owned()
}

/// The sentence instead of advice. Sessions that were closed early are shorter than they would be, so the
/// pool that suffices for them is a lower bound.
pub(crate) fn silence(doubt: &Validity, window: &WindowFigures) -> String {
    let Validity::Shortened(closed) = doubt else {
        return format!("no advice: {doubt}.");
    };
    let larger = Pools::of(window).filter(|pools| pools.enough.workers > pools.current);
    let remedy = match larger {
        Some(pools) => format!("at least {}", workers(pools.enough.workers)),
        None => "more workers".to_owned(),
    };
    let closed = percent(*closed);
    format!("too few workers: {closed} of sessions were closed early; {remedy}, or a longer turn.")
}

/// The sentence for a window with enough arrivals.
pub(crate) fn sentence(window: &WindowFigures) -> String {
    let Some(pools) = Pools::of(window) else {
        return "no advice yet: no other number of workers has been replayed.".to_owned();
    };
    match Trouble::of(window) {
        Some(trouble) => format!("{trouble} {}; {}.", period(window), pools.gain(trouble)),
        None => format!("no client waits{}.", pools.saving()),
    }
}

fn period(window: &WindowFigures) -> String {
    if window.seconds == MINUTE.as_secs() {
        return "now".to_owned();
    }
    let minutes = (window.covered_seconds / 60.0).ceil();
    format!("over the last {minutes:.0} min")
}

/// The pools with figures, from small to large.
struct Pools {
    all: Vec<Pool>,
    current: usize,
    /// The smallest pool that is as good as the best.
    enough: Pool,
}

impl Pools {
    fn of(window: &WindowFigures) -> Option<Self> {
        let all: Vec<_> = window.pools.iter().filter_map(Pool::of).collect();
        let best = all.iter().min_by(|a, b| a.compare(b))?;
        let enough = *all.iter().find(|pool| pool.is_as_good_as(best))?;
        let current = window.pools.iter().find(|pool| pool.is_current)?.workers;
        Some(Self {
            all,
            current,
            enough,
        })
    }

    /// The effect of more workers on the trouble.
    fn gain(&self, trouble: Trouble) -> String {
        let Pool { workers: count, .. } = self.enough;
        if count <= self.current {
            return "more workers would not have changed that".to_owned();
        }
        let would = trouble.would_be(self.enough);
        let would = format!("{} would have {would}", workers(count));
        match self.all.iter().find(|pool| pool.workers > count) {
            Some(larger) => format!("{would}; {} add nothing", larger.workers),
            None if trouble.remains(self.enough) => format!("even {would}"),
            None => would,
        }
    }

    /// The effect of fewer workers while no client waits.
    fn saving(&self) -> String {
        let count = self.enough.workers;
        if count < self.current {
            return format!(": {} would have been enough", workers(count));
        }
        match self.all.iter().rfind(|pool| pool.workers < self.current) {
            Some(fewer) => format!("; {}", fewer.would_have()),
            None => format!(", and there cannot be fewer than {}", workers(self.current)),
        }
    }
}

/// The result of one pool.
#[derive(Debug, Clone, Copy)]
struct Pool {
    workers: usize,
    /// The share of arrivals the pool would have refused.
    refused: f64,
    /// The 99th percentile of the other arrivals' waits, in seconds.
    wait: f64,
}

impl Pool {
    /// `None` if the pool has had no arrivals.
    fn of(figures: &PoolFigures) -> Option<Self> {
        Some(Self {
            workers: figures.workers,
            refused: figures.refused_ratio?,
            wait: figures.wait_p99_seconds.unwrap_or(0.0),
        })
    }

    /// Orders pools by the share they refuse, then by the wait; the better pool is less.
    fn compare(&self, other: &Self) -> Ordering {
        let by_refused = self.refused.total_cmp(&other.refused);
        by_refused.then(self.wait.total_cmp(&other.wait))
    }

    /// The pool's result, as text for a window in which no client waits.
    fn would_have(&self) -> String {
        let workers = workers(self.workers);
        if self.refused > 0.0 {
            format!("{workers} would have refused {}", percent(self.refused))
        } else {
            format!(
                "with {workers} the p99 queue wait would have been {}",
                time(self.wait)
            )
        }
    }

    fn is_as_good_as(&self, best: &Self) -> bool {
        let longest = (best.wait + NO_WAIT).max(best.wait * AS_GOOD);
        self.refused <= best.refused && self.wait <= longest
    }
}

/// A measured trouble of a pool that is too small.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    /// The share of arrivals that were refused.
    Refusals(f64),
    /// The 99th percentile of the other arrivals' waits, in seconds.
    Waits(f64),
}

impl Trouble {
    fn of(window: &WindowFigures) -> Option<Self> {
        let refused = share(window.refused.into(), window.arrivals.into())?;
        let wait = window.wait.p99_seconds.unwrap_or(0.0);
        if refused > 0.0 {
            Some(Self::Refusals(refused))
        } else {
            (wait > NO_WAIT).then_some(Self::Waits(wait))
        }
    }

    /// Whether much of the trouble would have remained in a pool.
    fn remains(self, pool: Pool) -> bool {
        match self {
            Self::Refusals(refused) => pool.refused > refused * MUCH,
            Self::Waits(wait) => pool.wait > (wait * MUCH).max(NO_WAIT),
        }
    }

    /// The trouble that a pool would have had, as text.
    fn would_be(self, pool: Pool) -> String {
        match self {
            Self::Refusals(_) if pool.refused > 0.0 => format!("refused {}", percent(pool.refused)),
            Self::Refusals(_) if pool.wait > NO_WAIT => {
                format!("refused none, with a p99 queue wait of {}", time(pool.wait))
            }
            Self::Refusals(_) => "refused none".to_owned(),
            Self::Waits(_) => format!("made it {}", time(pool.wait)),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refusals(refused) => write!(f, "{} of arrivals refused", percent(*refused)),
            Self::Waits(wait) => write!(f, "p99 queue wait {}", time(*wait)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::whatif::advice::Percentiles;

    /// Workers, the share they would have refused, and the p99 wait of other arrivals in milliseconds.
    type Row = (usize, f64, f64);

    const CURRENT: usize = 4;

    /// A minute with 1000 arrivals, this many refusals and this p99 wait in milliseconds.
    fn minute(refused: u64, wait: f64, pools: &[Row]) -> WindowFigures {
        let seconds = |millis: f64| Percentiles {
            p50_seconds: Some(0.0),
            p99_seconds: Some(millis / 1000.0),
        };
        let figures = |&(workers, refused, wait): &Row| PoolFigures {
            workers,
            is_current: workers == CURRENT,
            wait_p50_seconds: Some(0.0),
            wait_p99_seconds: seconds(wait).p99_seconds,
            refused_ratio: Some(refused),
            utilisation_ratio: Some(0.5),
        };
        WindowFigures {
            seconds: 60,
            covered_seconds: 58.0,
            arrivals: 1000,
            refused,
            wait: seconds(wait),
            session: seconds(20.0),
            pools: pools.iter().map(figures).collect(),
        }
    }

    #[track_caller]
    fn assert_said(refused: u64, wait: f64, pools: &[Row], said: &str) {
        assert_eq!(sentence(&minute(refused, wait, pools)), said);
    }

    #[test]
    fn a_wait_is_told_with_the_fewest_workers_that_would_have_been_as_good_as_any() {
        for (wait, more, said) in [
            (
                484.0,
                [(8, 0.0, 40.0), (12, 0.0, 3.0), (16, 0.0, 2.5)],
                "p99 queue wait 480 ms now; 12 workers would have made it 3 ms; 16 add nothing.",
            ),
            (
                1200.0,
                [(6, 0.0, 0.08), (8, 0.0, 0.0), (12, 0.0, 0.0)],
                "p99 queue wait 1.2 s now; 6 workers would have made it 80 µs; 8 add nothing.",
            ),
            (
                480.0,
                [(6, 0.0, 470.0), (8, 0.0, 400.0), (12, 0.0, 3.0)],
                "p99 queue wait 480 ms now; 12 workers would have made it 3 ms.",
            ),
            (
                480.0,
                [(6, 0.0, 470.0), (8, 0.0, 400.0), (12, 0.0, 120.0)],
                "p99 queue wait 480 ms now; even 12 workers would have made it 120 ms.",
            ),
            (
                480.0,
                [(6, 0.0, 450.0), (8, 0.0, 450.0), (12, 0.0, 450.0)],
                "p99 queue wait 480 ms now; more workers would not have changed that.",
            ),
        ] {
            let fewer = [(2, 0.4, 900.0), (3, 0.1, 700.0), (4, 0.0, 470.0)];
            assert_said(0, wait, &[fewer, more].concat(), said);
        }
    }

    #[test]
    fn refusals_are_told_before_waits() {
        for (refused, pools, said) in [
            (
                30,
                [(4, 0.03, 480.0), (8, 0.0, 0.2), (12, 0.0, 0.0)],
                "3 % of arrivals refused now; 8 workers would have refused none; 12 add nothing.",
            ),
            (
                30,
                [(4, 0.03, 480.0), (6, 0.01, 300.0), (8, 0.0, 90.0)],
                "3 % of arrivals refused now; 8 workers would have refused none, with a p99 queue wait of 90 ms.",
            ),
            (
                300,
                [(4, 0.3, 480.0), (8, 0.012, 90.0), (16, 0.012, 90.0)],
                "30 % of arrivals refused now; 8 workers would have refused 1.2 %; 16 add nothing.",
            ),
            (
                300,
                [(4, 0.3, 480.0), (8, 0.2, 490.0), (16, 0.12, 480.0)],
                "30 % of arrivals refused now; even 16 workers would have refused 12 %.",
            ),
            (
                1,
                [(3, 0.1, 40.0), (4, 0.0, 1.0), (6, 0.0, 0.5)],
                "0.1 % of arrivals refused now; more workers would not have changed that.",
            ),
        ] {
            assert_said(refused, 480.0, &pools, said);
        }
    }

    #[test]
    fn while_nobody_waits_it_is_told_what_fewer_workers_would_have_done() {
        for (pools, said) in [
            (
                [(2, 0.0, 0.9), (3, 0.0, 0.0), (4, 0.0, 0.0), (6, 0.0, 0.0)],
                "no client waits: 2 workers would have been enough.",
            ),
            (
                [(1, 0.0, 0.0), (3, 0.0, 0.0), (4, 0.0, 0.0), (6, 0.0, 0.0)],
                "no client waits: 1 worker would have been enough.",
            ),
            (
                [(2, 0.0, 90.0), (3, 0.0, 40.0), (4, 0.0, 0.0), (6, 0.0, 0.0)],
                "no client waits; with 3 workers the p99 queue wait would have been 40 ms.",
            ),
            (
                [
                    (2, 0.1, 90.0),
                    (3, 0.02, 80.0),
                    (4, 0.0, 0.0),
                    (6, 0.0, 0.0),
                ],
                "no client waits; 3 workers would have refused 2 %.",
            ),
        ] {
            assert_said(0, 0.04, &pools, said);
        }
    }

    #[test]
    fn sessions_closed_early_ask_for_the_least_that_suffices_for_what_was_left_of_them() {
        let doubt = Validity::Shortened(0.93);
        for (larger, remedy) in [((8, 0.0, 3.0), "at least 8"), ((8, 0.03, 480.0), "more")] {
            let window = minute(30, 480.0, &[(4, 0.03, 480.0), larger]);
            let begins = "too few workers: 93 % of sessions were closed early; ";
            let said = format!("{begins}{remedy} workers, or a longer turn.");
            assert_eq!(silence(&doubt, &window), said);
        }
    }

    #[test]
    fn with_one_worker_there_is_nothing_to_save() {
        let mut window = minute(0, 0.0, &[(1, 0.0, 0.0), (2, 0.0, 0.0)]);
        window.pools[0].is_current = true;
        let said = "no client waits, and there cannot be fewer than 1 worker.";
        assert_eq!(sentence(&window), said);
    }

    #[test]
    fn a_wait_is_as_good_as_the_shortest_if_it_is_a_millisecond_or_a_tenth_longer() {
        for (wait, best, enough) in [
            (1.0, 0.0, 4),
            (1.1, 0.0, 6),
            (110.0, 100.0, 4),
            (111.0, 100.0, 6),
        ] {
            let window = minute(0, 500.0, &[(4, 0.0, wait), (6, 0.0, best)]);
            assert_eq!(
                Pools::of(&window).unwrap().enough.workers,
                enough,
                "{wait} ms"
            );
        }
    }

    #[test]
    fn who_refuses_more_is_not_as_good_however_short_the_wait() {
        let window = minute(1, 0.0, &[(4, 0.001, 0.0), (6, 0.0, 500.0)]);
        assert_eq!(Pools::of(&window).unwrap().enough.workers, 6);
    }

    #[test]
    fn a_longer_window_says_how_long_it_is() {
        let mut window = minute(0, 480.0, &[(4, 0.0, 480.0), (6, 0.0, 3.0)]);
        (window.seconds, window.covered_seconds) = (900, 130.0);
        let said = "p99 queue wait 480 ms over the last 3 min; 6 workers would have made it 3 ms.";
        assert_eq!(sentence(&window), said);
    }
}
