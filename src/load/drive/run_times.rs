//! The moments of a run: start of the load, start and end of the window.

use std::time::{Duration, Instant};

use super::interval::INTERVAL;

/// The moments of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RunTimes {
    /// When the load begins.
    pub(crate) origin: Instant,
    /// When the window begins.
    pub(crate) begin: Instant,
    /// When the window ends, if that is known in advance.
    pub(crate) end: Option<Instant>,
}

impl RunTimes {
    /// Whether a session with this intended start counts.
    pub(crate) fn counts(&self, moment: Instant) -> bool {
        self.begin <= moment && !self.is_over(moment)
    }

    /// Whether the window has ended, so that no more sessions begin.
    pub(crate) fn is_over(&self, moment: Instant) -> bool {
        self.end.is_some_and(|end| end <= moment)
    }

    /// The part of a time span that lies within the window.
    pub(crate) fn within(&self, from: Instant, to: Instant) -> Duration {
        let to = self.end.map_or(to, |end| to.min(end));
        to.saturating_duration_since(from.max(self.begin))
    }

    /// The end of an interval that begins at a moment. No interval crosses an edge of the window.
    pub(crate) fn interval_end(&self, begin: Instant) -> Instant {
        let edges = [Some(self.begin), self.end].into_iter().flatten();
        let edge = edges.filter(|edge| begin < *edge).min();
        edge.map_or(begin + INTERVAL, |edge| edge.min(begin + INTERVAL))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(warmup: u64, length: u64) -> RunTimes {
        let origin = Instant::now();
        let begin = origin + Duration::from_millis(warmup);
        let end = Some(begin + Duration::from_millis(length));
        RunTimes { origin, begin, end }
    }

    proptest! {
        #[test]
        fn slices_join_and_none_crosses_an_edge_of_the_window(warmup in 0_u64..2000, length in 1_u64..2000) {
            let span = span(warmup, length);
            let mut begin = span.origin;
            for _ in 0..40 {
                let end = span.interval_end(begin);
                prop_assert!(begin < end && end <= begin + INTERVAL);
                for edge in [span.begin, span.end.unwrap()] {
                    prop_assert!(!(begin < edge && edge < end));
                }
                begin = end;
            }
        }

        #[test]
        fn what_lies_within_and_around_the_window_adds_up(warmup in 0_u64..2000, length in 1_u64..2000, from in 0_u64..5000, lasts in 0_u64..5000) {
            let span = span(warmup, length);
            let from = span.origin + Duration::from_millis(from);
            let to = from + Duration::from_millis(lasts);
            let before = to.min(span.begin).saturating_duration_since(from);
            let after = to.saturating_duration_since(from.max(span.end.unwrap()));
            prop_assert_eq!(before + span.within(from, to) + after, to - from);
        }
    }
}
