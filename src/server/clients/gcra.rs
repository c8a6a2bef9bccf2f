//! The generic cell rate algorithm for session rates: virtual scheduling as in ITU-T I.371, annex A.
//!
//! Only one moment is kept per client, the *theoretical arrival time*: the time of the next session if they
//! come evenly. A session may come early by the length of a burst. This makes it a token bucket that holds
//! one burst and gains a token every interval.

use super::rate::Rate;

/// The parameters of the algorithm, in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gcra {
    /// The increment *T*: the time from one session to the next.
    increment: u64,
    /// The limit *τ*: the time by which a session may come early.
    limit: u64,
}

impl Gcra {
    pub(super) fn new(rate: Rate) -> Self {
        let increment = u64::try_from(rate.interval.as_nanos()).unwrap_or(u64::MAX);
        let early = u64::from(rate.burst.saturating_sub(1));
        Self {
            increment,
            limit: increment.saturating_mul(early),
        }
    }

    /// The time at which the next session is due after one that arrives now; `None` if this one is too
    /// early.
    pub(super) fn arrive(&self, expected: u64, now: u64) -> Option<u64> {
        let expected = expected.max(now);
        (expected - now <= self.limit).then(|| expected.saturating_add(self.increment))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    /// A token bucket. Its level counts nanoseconds, and one token is worth one interval. It gains one
    /// nanosecond per nanosecond, up to a burst.
    struct TokenBucket {
        interval: u64,
        most: u64,
        level: u64,
        at: u64,
    }

    impl TokenBucket {
        fn full(interval: u64, burst: u32) -> Self {
            let most = interval * u64::from(burst);
            Self {
                interval,
                most,
                level: most,
                at: 0,
            }
        }

        fn take(&mut self, now: u64) -> bool {
            self.level = self.most.min(self.level + (now - self.at));
            self.at = now;
            let enough = self.level >= self.interval;
            if enough {
                self.level -= self.interval;
            }
            enough
        }
    }

    /// The arrival times of the admitted sessions, of all that arrive after these pauses.
    fn admitted(gcra: Gcra, pauses: &[u64]) -> Vec<u64> {
        let (mut expected, mut now) = (0, 0);
        let mut moments = Vec::new();
        for pause in pauses {
            now += pause;
            if let Some(next) = gcra.arrive(expected, now) {
                expected = next;
                moments.push(now);
            }
        }
        moments
    }

    fn rate() -> impl Strategy<Value = (u64, u32)> {
        (1..50_u64, 1..6_u32)
    }

    fn pauses() -> impl Strategy<Value = Vec<u64>> {
        let pause = prop_oneof![Just(0), 0..10_u64, 0..200_u64];
        prop::collection::vec(pause, 0..200)
    }

    fn gcra(interval: u64, burst: u32) -> Gcra {
        let interval = Duration::from_nanos(interval);
        Gcra::new(Rate { interval, burst })
    }

    proptest! {
        #[test]
        fn it_admits_exactly_what_a_token_bucket_does((interval, burst) in rate(), pauses in pauses()) {
            let mut bucket = TokenBucket::full(interval, burst);
            let mut now = 0;
            let mut by_bucket = Vec::new();
            for pause in &pauses {
                now += pause;
                if bucket.take(now) {
                    by_bucket.push(now);
                }
            }
            prop_assert_eq!(admitted(gcra(interval, burst), &pauses), by_bucket);
        }

        #[test]
        fn no_window_holds_more_than_a_burst_and_one_for_each_interval(
            (interval, burst) in rate(), pauses in pauses(),
        ) {
            let moments = admitted(gcra(interval, burst), &pauses);
            for (nth, from) in moments.iter().enumerate() {
                for (count, to) in (1_u64..).zip(&moments[nth..]) {
                    prop_assert!(count <= u64::from(burst) + (to - from) / interval);
                }
            }
        }

        #[test]
        fn whoever_keeps_to_the_interval_is_always_admitted(
            (interval, burst) in rate(), pauses in pauses(),
        ) {
            let pauses: Vec<_> = pauses.into_iter().map(|pause| pause + interval).collect();
            prop_assert_eq!(admitted(gcra(interval, burst), &pauses).len(), pauses.len());
        }
    }

    #[test]
    fn the_longest_intervals_and_bursts_do_not_overflow() {
        let gcra = Gcra::new(Rate {
            interval: Duration::MAX,
            burst: u32::MAX,
        });
        assert_eq!(gcra.arrive(0, u64::MAX), Some(u64::MAX));
    }
}
