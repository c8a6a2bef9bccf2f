//! A histogram of durations in nanoseconds, precise enough to be merged.
//!
//! Three significant digits: a value is known to one part in a thousand, from a nanosecond to days.
//! Merging adds bucket to bucket, so percentiles of a merge equal percentiles of the union.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use serde::{Deserialize, Serialize};

/// Significant decimal digits of a recorded value.
const DIGITS: u8 = 3;

/// The number of occurrences of each duration.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Times {
    histogram: Histogram<u64>,
    /// The exact sum, which buckets do not keep.
    total_ns: u64,
}

impl Times {
    /// An empty histogram.
    #[expect(clippy::missing_panics_doc, reason = "three digits are within bounds")]
    #[expect(clippy::expect_used, reason = "three digits are within bounds")]
    pub fn new() -> Self {
        Self {
            histogram: Histogram::new(DIGITS).expect("three digits are within bounds"),
            total_ns: 0,
        }
    }

    /// Counts one duration.
    #[inline]
    pub fn record(&mut self, time: Duration) {
        let ns = nanoseconds(time);
        // Ignored: an auto-resizing histogram holds every value.
        let _ = self.histogram.record(ns);
        self.total_ns = self.total_ns.saturating_add(ns);
    }

    /// Adds all counts of `other`.
    pub fn add(&mut self, other: &Self) {
        if other.is_empty() {
            return;
        }
        // Ignored: an auto-resizing histogram can add any other.
        let _ = self.histogram.add(&other.histogram);
        self.total_ns = self.total_ns.saturating_add(other.total_ns);
    }

    /// Resets all counts, and keeps the memory.
    pub fn clear(&mut self) {
        if !self.is_empty() {
            self.histogram.reset();
            self.total_ns = 0;
        }
    }

    /// The number of durations.
    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// Whether there are no durations.
    pub fn is_empty(&self) -> bool {
        self.histogram.is_empty()
    }

    /// The exact sum of all durations.
    pub fn total(&self) -> Duration {
        Duration::from_nanos(self.total_ns)
    }

    /// The exact mean; `None` if empty.
    pub fn mean(&self) -> Option<Duration> {
        self.total_ns
            .checked_div(self.count())
            .map(Duration::from_nanos)
    }

    /// The smallest duration that a share of at least `quantile` (0 to 1) does not exceed; `None` if
    /// empty.
    pub fn quantile(&self, quantile: f64) -> Option<Duration> {
        let value = || Duration::from_nanos(self.histogram.value_at_quantile(quantile));
        (!self.is_empty()).then(value)
    }

    /// The shortest duration, to a part in a thousand; `None` if empty.
    pub fn min(&self) -> Option<Duration> {
        (!self.is_empty()).then(|| Duration::from_nanos(self.histogram.min()))
    }

    /// The longest duration, to a part in a thousand; `None` if empty.
    pub fn max(&self) -> Option<Duration> {
        (!self.is_empty()).then(|| Duration::from_nanos(self.histogram.max()))
    }

    /// The share, 0 to 1, of durations longer than `limit`.
    pub fn share_above(&self, limit: Duration) -> f64 {
        if self.is_empty() {
            return 0.0;
        }
        1.0 - self.histogram.quantile_below(nanoseconds(limit))
    }

    /// The number of durations from `least` to `most`, both included.
    pub fn between(&self, least: Duration, most: Duration) -> u64 {
        self.histogram
            .count_between(nanoseconds(least), nanoseconds(most))
    }

    /// The histogram, in nanoseconds.
    pub fn histogram(&self) -> &Histogram<u64> {
        &self.histogram
    }

    /// The histogram in the encoding of an HDR interval log: V2 with DEFLATE in base 64.
    pub fn encoded(&self) -> String {
        let mut bytes = Vec::new();
        // Ignored: writing to memory does not fail.
        let _ = V2DeflateSerializer::new().serialize(&self.histogram, &mut bytes);
        STANDARD.encode(bytes)
    }
}

impl Default for Times {
    fn default() -> Self {
        Self::new()
    }
}

/// Leaves out the thousands of buckets.
impl fmt::Debug for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Times")
            .field("count", &self.count())
            .field("total", &self.total())
            .field("max", &self.max())
            .finish_non_exhaustive()
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// The stored form of [`Times`], with the histogram [encoded](Times::encoded).
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Written {
    count: u64,
    total_ns: u64,
    histogram: String,
}

impl From<Times> for Written {
    fn from(times: Times) -> Self {
        Self {
            count: times.count(),
            total_ns: times.total_ns,
            histogram: times.encoded(),
        }
    }
}

/// The reason why a text holds no histogram.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TimesError {
    /// The text is not base 64.
    #[error("a histogram is written in base 64: {0}")]
    Base64(#[from] base64::DecodeError),
    /// The bytes are not a V2 histogram.
    #[error("not a V2 histogram: {0}")]
    Histogram(String),
    /// The stored count differs from the histogram's.
    #[error("a histogram of {held} durations is said to hold {said}")]
    Count {
        /// The count in the text.
        said: u64,
        /// The count in the histogram.
        held: u64,
    },
}

impl TryFrom<Written> for Times {
    type Error = TimesError;

    fn try_from(written: Written) -> Result<Self, TimesError> {
        let bytes = STANDARD.decode(&written.histogram)?;
        let read = Deserializer::new().deserialize(&mut bytes.as_slice());
        let read: Histogram<u64> = read.map_err(|err| TimesError::Histogram(err.to_string()))?;
        if read.len() != written.count {
            return Err(TimesError::Count {
                said: written.count,
                held: read.len(),
            });
        }
        let mut times = Self::new();
        times
            .histogram
            .add(&read)
            .map_err(|err| TimesError::Histogram(err.to_string()))?;
        times.total_ns = written.total_ns;
        Ok(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn times(all: &[u64]) -> Times {
        let mut times = Times::new();
        for ns in all {
            times.record(Duration::from_nanos(*ns));
        }
        times
    }

    fn nanos() -> impl Strategy<Value = Vec<u64>> {
        proptest::collection::vec(0_u64..10_000_000_000, 0..200)
    }

    proptest! {
        #[test]
        fn merged_times_are_the_times_of_the_union(a in nanos(), b in nanos()) {
            let mut merged = times(&a);
            merged.add(&times(&b));
            let union = times(&[a, b].concat());
            prop_assert_eq!(&merged, &union);
            prop_assert_eq!(merged.quantile(0.99), union.quantile(0.99));
        }

        #[test]
        fn what_is_written_reads_back(all in nanos()) {
            let before = times(&all);
            let text = serde_json::to_string(&before).unwrap();
            prop_assert_eq!(serde_json::from_str::<Times>(&text).unwrap(), before);
        }

        #[test]
        fn a_quantile_is_one_of_the_values_to_a_part_in_a_thousand(
            mut all in proptest::collection::vec(1_u64..10_000_000_000, 1..200), q in 0.0..1.0_f64
        ) {
            let measured = times(&all).quantile(q).unwrap().as_nanos() as f64;
            all.sort_unstable();
            let rank = ((q * all.len() as f64).ceil() as usize).clamp(1, all.len());
            let exact = all[rank - 1] as f64;
            prop_assert!((measured / exact - 1.0).abs() <= 0.001, "{measured} for {exact}");
        }
    }

    #[test]
    fn a_histogram_that_is_none_is_refused_and_says_why() {
        let read = |text: &str| serde_json::from_str::<Times>(text).unwrap_err().to_string();
        let refused = read(r#"{"count":0,"total_ns":0,"histogram":"?"}"#);
        assert!(refused.contains("base 64"), "{refused}");
        let refused = read(r#"{"count":0,"total_ns":0,"histogram":"AAAA"}"#);
        assert!(refused.contains("not a V2 histogram"), "{refused}");
        let one = serde_json::to_string(&times(&[7])).unwrap();
        let refused = read(&one.replace(r#""count":1"#, r#""count":2"#));
        assert!(
            refused.contains("1 durations is said to hold 2"),
            "{refused}"
        );
    }

    #[test]
    fn nothing_has_no_percentile_and_no_mean() {
        let none = Times::new();
        assert_eq!(
            (none.quantile(0.5), none.mean(), none.max()),
            (None, None, None)
        );
    }

    #[test]
    fn cleared_times_are_new_times() {
        let mut used = times(&[1, 2, 3_000_000]);
        used.clear();
        assert_eq!((used.count(), used.total()), (0, Duration::ZERO));
        used.record(Duration::from_nanos(5));
        assert_eq!(used.max(), times(&[5]).max());
    }
}
