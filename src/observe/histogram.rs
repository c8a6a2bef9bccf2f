//! Histograms of whole numbers in buckets whose bounds go 1, 2, 5, 10, 20, 50 and so on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The number of bounds: nine decades, and the first bound of the tenth.
pub(super) const STEPS: usize = 28;

/// The bounds, in units of the [ladder](Ladder). A bucket holds values up to its bound.
const BOUNDS: [u64; STEPS] = bounds();

const fn bounds() -> [u64; STEPS] {
    let mut bounds = [0; STEPS];
    let (mut index, mut decade) = (0, 1);
    while index < STEPS {
        let step = match index % 3 {
            0 => 1,
            1 => 2,
            _ => 5,
        };
        #[expect(clippy::indexing_slicing, reason = "the loop ends at the length")]
        {
            bounds[index] = step * decade;
        }
        if step == 5 {
            decade *= 10;
        }
        index += 1;
    }
    bounds
}

/// The scale of a histogram: the kind of its values and its smallest bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ladder {
    /// Times from 1 µs to 1000 s, recorded in nanoseconds.
    Times,
    /// Numbers from 1 to 1000 million.
    Numbers,
}

impl Ladder {
    /// The smallest bound, in the unit of recorded values.
    fn unit(self) -> u64 {
        match self {
            Self::Times => 1000,
            Self::Numbers => 1,
        }
    }

    /// The published bounds; times are in seconds.
    #[expect(clippy::cast_precision_loss, reason = "the bounds are small")]
    pub fn published(self) -> [f64; STEPS] {
        match self {
            // Division gives the number nearest to the decimal bound; multiplication would not.
            Self::Times => BOUNDS.map(|bound| bound as f64 / 1e6),
            Self::Numbers => BOUNDS.map(|bound| bound as f64),
        }
    }

    /// The index of a value's bucket; the last is for values above every bound.
    fn bucket(self, value: u64) -> usize {
        let unit = self.unit();
        BOUNDS.partition_point(|bound| bound.saturating_mul(unit) < value)
    }
}

/// A histogram for concurrent recording. Its bounds are those of the ladder in use.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    counts: [AtomicU64; STEPS],
    beyond: AtomicU64,
    sum: AtomicU64,
}

impl Histogram {
    pub(super) fn record(&self, ladder: Ladder, value: u64) {
        let bucket = self.counts.get(ladder.bucket(value));
        bucket
            .unwrap_or(&self.beyond)
            .fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    pub(super) fn record_time(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.record(Ladder::Times, nanos);
    }

    /// Adds the recorded values to a reading.
    pub(super) fn add_to(&self, reading: &mut Reading) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        for (sum, count) in reading.counts.iter_mut().zip(&self.counts) {
            *sum += read(count);
        }
        reading.beyond += read(&self.beyond);
        reading.sum = reading.sum.wrapping_add(read(&self.sum));
    }
}

/// The content of one or more histograms at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    ladder: Ladder,
    counts: [u64; STEPS],
    beyond: u64,
    sum: u64,
}

impl Reading {
    /// A reading without values.
    pub fn empty(ladder: Ladder) -> Self {
        Self {
            ladder,
            counts: [0; STEPS],
            beyond: 0,
            sum: 0,
        }
    }

    /// The number of recorded values.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum::<u64>() + self.beyond
    }

    /// The sum of all values; times are in seconds.
    #[expect(clippy::cast_precision_loss, reason = "a sum is read to a few digits")]
    pub fn sum(&self) -> f64 {
        match self.ladder {
            Ladder::Times => self.sum as f64 / 1e9,
            Ladder::Numbers => self.sum as f64,
        }
    }

    /// Each published bound, infinity last, with the number of values in its bucket alone.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, u64)> {
        let bounded = self.ladder.published().into_iter().zip(self.counts);
        bounded.chain([(f64::INFINITY, self.beyond)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reading(histograms: &[&Histogram]) -> Reading {
        let mut reading = Reading::empty(Ladder::Times);
        for histogram in histograms {
            histogram.add_to(&mut reading);
        }
        reading
    }

    #[test]
    fn the_bounds_are_the_decimal_numbers_they_look_like() {
        let text: Vec<_> = (Ladder::Times.published().iter().take(7))
            .map(ToString::to_string)
            .collect();
        let expected = [
            "0.000001", "0.000002", "0.000005", "0.00001", "0.00002", "0.00005",
        ];
        assert_eq!(text[..6], expected);
        assert_eq!(Ladder::Times.published()[STEPS - 1], 1000.0, "seconds");
        assert_eq!(Ladder::Numbers.published()[..4], [1.0, 2.0, 5.0, 10.0]);
        assert!(BOUNDS.is_sorted());
    }

    proptest! {
        #[test]
        fn a_value_is_counted_once_in_the_first_bucket_whose_bound_it_does_not_exceed(nanos: u64) {
            let histogram = Histogram::default();
            histogram.record(Ladder::Times, nanos);
            let (holding, ..) = reading(&[&histogram])
                .buckets()
                .find(|(_, count)| *count == 1)
                .unwrap();
            let holds = |bound: f64| nanos as f64 <= bound * 1e9 * (1.0 + 1e-12);
            let first = reading(&[]).buckets().find(|(bound, _)| holds(*bound)).unwrap().0;
            prop_assert_eq!(holding, first);
            prop_assert_eq!(reading(&[&histogram]).count(), 1);
        }

        #[test]
        fn histograms_read_together_are_the_histogram_of_all(
            mine in proptest::collection::vec(0_u64..1 << 50, 0..50),
            others in proptest::collection::vec(0_u64..1 << 50, 0..50),
        ) {
            let [a, b, both] = [(); 3].map(|()| Histogram::default());
            for value in &mine {
                a.record(Ladder::Times, *value);
                both.record(Ladder::Times, *value);
            }
            for value in &others {
                b.record(Ladder::Times, *value);
                both.record(Ladder::Times, *value);
            }
            prop_assert_eq!(reading(&[&a, &b]), reading(&[&both]));
        }
    }
}
