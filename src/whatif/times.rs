//! Histograms of durations, small enough to keep one for every pool and slice of time.
//!
//! They cover a microsecond to an hour, each value known to one part in sixteen, in 2 KiB. A merge adds
//! bucket to bucket, so percentiles of a merge are those of the union.

use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::Nanos;
use super::sliding::Slice;

/// Significant decimal digits of a recorded value.
const DIGITS: u8 = 1;

/// The longest distinct value, in microseconds: the longest allowed queue timeout.
const LONGEST_US: u64 = 3_600_000_000;

/// A histogram of durations.
#[derive(Clone, PartialEq)]
pub(super) struct Times(Histogram<u32>);

impl Times {
    pub(super) fn record(&mut self, time: Nanos) {
        self.0.saturating_record(time / 1000);
    }

    pub(super) fn count(&self) -> u64 {
        self.0.len()
    }

    /// A duration that a share of at least `quantile` (0 to 1) does not exceed. It is above the smallest such
    /// duration by at most the width of a bucket. `None` without values.
    pub(super) fn quantile(&self, quantile: f64) -> Option<Duration> {
        let value = || Duration::from_micros(self.0.value_at_quantile(quantile));
        (self.count() > 0).then(value)
    }
}

impl Default for Times {
    #[expect(clippy::expect_used, reason = "the bounds are constants, and valid")]
    fn default() -> Self {
        let histogram = Histogram::new_with_max(LONGEST_US, DIGITS);
        Self(histogram.expect("an hour in microseconds is within bounds"))
    }
}

impl Slice for Times {
    fn clear(&mut self) {
        if self.count() > 0 {
            self.0.reset();
        }
    }

    fn add(&mut self, other: &Self) {
        // The histograms all have equal bounds, so adding cannot fail.
        let _ = self.0.add(&other.0);
    }
}

/// Omits the hundreds of buckets.
impl fmt::Debug for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut times = f.debug_struct("Times");
        times.field("count", &self.count()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn times(all: &[Nanos]) -> Times {
        let mut times = Times::default();
        for time in all {
            times.record(*time);
        }
        times
    }

    fn some() -> impl Strategy<Value = Vec<Nanos>> {
        vec(0_u64..4_000_000_000_000, 0..100)
    }

    proptest! {
        #[test]
        fn merged_times_are_the_times_of_the_union(a in some(), b in some()) {
            let mut merged = times(&a);
            merged.add(&times(&b));
            prop_assert_eq!(merged, times(&[a, b].concat()));
        }

        #[test]
        fn a_quantile_is_not_exceeded_and_close(
            mut all in vec(0_u64..3_600_000_000_000, 1..200), quantile in 0.0..1.0_f64
        ) {
            let told = times(&all).quantile(quantile).unwrap().as_micros() as f64;
            all.sort_unstable();
            let rank = (quantile * all.len() as f64).ceil() as usize;
            let exact = (all[rank.max(1) - 1] / 1000) as f64;
            prop_assert!((exact..=exact * 17.0 / 16.0).contains(&told), "{told} for {exact}");
        }
    }

    #[test]
    fn nothing_has_no_quantile_and_no_wait_has_none_to_speak_of() {
        assert_eq!(Times::default().quantile(0.99), None);
        assert_eq!(times(&[0, 999]).quantile(0.99), Some(Duration::ZERO));
    }

    #[test]
    fn what_is_kept_for_a_slice_is_two_kilobytes() {
        let buckets = Times::default().0.distinct_values();
        let bytes = buckets * size_of::<u32>() + size_of::<Times>();
        assert!(bytes <= 2048, "{bytes}");
    }

    #[test]
    fn longer_than_an_hour_counts_as_an_hour() {
        let hour = times(&[u64::MAX]).quantile(0.5).unwrap();
        assert!(hour >= Duration::from_hours(1), "{hour:?}");
    }

    #[test]
    fn cleared_times_are_new_times() {
        let mut used = times(&[1, 5_000_000]);
        used.clear();
        assert_eq!(used, Times::default());
    }
}
