//! Counts over windows that slide in slices of time.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Nanos, nanos};

/// The counts of one slice of time, which can be added.
pub(super) trait Slice: Default {
    fn clear(&mut self);
    fn add(&mut self, other: &Self);
}

/// A part of the past.
#[derive(Debug, Clone, Copy)]
pub(super) struct Period {
    /// The length of the period back from now; the slice that has just begun counts as a whole one.
    pub(super) window: Duration,
    /// Earlier events are excluded.
    pub(super) since: Nanos,
    /// The latest event is not later than this.
    pub(super) until: Nanos,
}

/// The slices of the longest window, including the current one.
#[derive(Debug)]
pub(super) struct Sliding<T> {
    length: Nanos,
    /// When the newest slice began.
    begun: Nanos,
    /// The slices from oldest to newest; never empty.
    slices: VecDeque<T>,
}

impl<T: Slice> Sliding<T> {
    /// Creates slices of this length for the longest window.
    pub(super) fn new(longest: Duration, slice: Duration) -> Self {
        let length = nanos(slice).max(1);
        let count = (nanos(longest) / length).max(1);
        Self {
            length,
            begun: 0,
            slices: (0..count).map(|_| T::default()).collect(),
        }
    }

    /// Updates the slice of a moment, unless that slice has been dropped. A moment after all slices
    /// begins new ones, and the oldest are dropped.
    pub(super) fn note(&mut self, moment: Nanos, note: impl FnOnce(&mut T)) {
        if let Some(slice) = self.at(moment) {
            note(slice);
        }
    }

    /// When the oldest slice of a period began; the end of the period if it has no slice.
    pub(super) fn begins(&self, period: Period) -> Nanos {
        match self.slices_in(period).checked_sub(1) {
            Some(older) => self.begun.saturating_sub(older * self.length),
            None => period.until,
        }
    }

    /// The sum of the slices of a period.
    pub(super) fn merged(&self, period: Period) -> T {
        let mut merged = T::default();
        let newest_first = self.slices.iter().rev().zip(0..self.slices_in(period));
        newest_first.for_each(|(slice, _)| merged.add(slice));
        merged
    }

    /// The slice of a moment, unless it has been dropped.
    fn at(&mut self, moment: Nanos) -> Option<&mut T> {
        if moment >= self.begun {
            self.advance(moment);
            return self.slices.back_mut();
        }
        let back = usize::try_from((self.begun - moment).div_ceil(self.length)).ok()?;
        let index = self.slices.len().checked_sub(back + 1)?;
        self.slices.get_mut(index)
    }

    /// Begins new slices until a moment lies in the newest.
    fn advance(&mut self, to: Nanos) {
        let ahead = to.saturating_sub(self.begun);
        if ahead < self.length {
            return;
        }
        let steps = ahead / self.length;
        self.begun += steps * self.length;
        let gone = usize::try_from(steps).map_or(self.slices.len(), |it| it.min(self.slices.len()));
        self.slices.rotate_left(gone);
        self.slices.iter_mut().rev().take(gone).for_each(T::clear);
    }

    /// How many of the newest slices lie completely in a period.
    fn slices_in(&self, period: Period) -> u64 {
        let since = self.begun.checked_sub(period.since);
        let since = since.map_or(0, |time| time / self.length + 1);
        since.min(nanos(period.window) / self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// The values put into a slice.
    #[derive(Debug, Default, PartialEq)]
    struct Kept(Vec<Nanos>);

    impl Slice for Kept {
        fn clear(&mut self) {
            self.0.clear();
        }

        fn add(&mut self, other: &Self) {
            self.0.extend(&other.0);
            self.0.sort_unstable();
        }
    }

    const SLICES: Nanos = 8;
    const LENGTH: Nanos = 10;
    const UNTIL: Nanos = 1_000_000;

    fn sliding() -> Sliding<Kept> {
        let slice = Duration::from_nanos(LENGTH);
        Sliding::new(Duration::from_nanos(SLICES * LENGTH), slice)
    }

    /// The last slices, as far as they began since a moment.
    fn period(slices: Nanos, since: Nanos) -> Period {
        Period {
            window: Duration::from_nanos(slices * LENGTH),
            since,
            until: UNTIL,
        }
    }

    proptest! {
        #[test]
        fn a_period_holds_what_lies_in_its_slices_in_whatever_order_it_came(
            moments in vec(0_u64..200, 1..40), slices in 1..=SLICES, since in 0_u64..200
        ) {
            let mut sliding = sliding();
            let mut newest = 0;
            let mut kept = Vec::new();
            for moment in moments {
                newest = newest.max(moment / LENGTH);
                sliding.note(moment, |slice| {
                    slice.0.push(moment);
                    kept.push(moment);
                });
            }
            let oldest = (newest + 1).saturating_sub(slices).max(since.div_ceil(LENGTH));
            kept.retain(|moment| moment / LENGTH >= oldest);
            kept.sort_unstable();
            let period = period(slices, since);
            prop_assert_eq!(sliding.merged(period), Kept(kept));
            let begins = if oldest <= newest { oldest * LENGTH } else { UNTIL };
            prop_assert_eq!(sliding.begins(period), begins);
        }

        #[test]
        fn only_a_slice_that_is_gone_takes_nothing(newest in 0_u64..200, moment in 0_u64..200) {
            let mut sliding = sliding();
            sliding.note(newest, |_| {});
            let is_kept = newest / LENGTH < moment / LENGTH + SLICES;
            let mut was_noted = false;
            sliding.note(moment, |_| was_noted = true);
            prop_assert_eq!(was_noted, is_kept);
        }
    }

    #[test]
    fn time_alone_empties_a_period() {
        let mut sliding = sliding();
        let two = period(2, 0);
        sliding.note(5, |slice| slice.0.push(5));
        sliding.note(19, |_| {});
        assert_eq!(sliding.merged(two), Kept(vec![5]));
        sliding.note(20, |_| {});
        assert_eq!(sliding.merged(two), Kept(vec![]));
    }
}
