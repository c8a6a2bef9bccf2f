//! Counts over the last minute and quarter of an hour, for each shadow pool and for the real pool.

use std::time::Duration;

use super::Fate;
use super::sliding::{Slice, Sliding};
use super::times::Times;

/// The window that the sentence calls "now".
pub(super) const MINUTE: Duration = Duration::from_mins(1);

const QUARTER_HOUR: Duration = Duration::from_mins(15);

/// The windows of the advice, from short to long.
pub(super) const WINDOWS: [Duration; 2] = [MINUTE, QUARTER_HOUR];

/// The step in which the windows slide.
const SLICE: Duration = Duration::from_secs(5);

/// Empty slices for the longest window: 180 in number.
pub(super) fn slices<T: Slice>() -> Sliding<T> {
    Sliding::new(QUARTER_HOUR, SLICE)
}

/// The replayed arrivals of a slice, in 2 KiB.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    pub(super) waits: Times,
    pub(super) refused: u64,
    /// The total occupied time of the workers. It is negative if earlier slices were charged for sessions
    /// that had already ended.
    pub(super) occupied: i128,
}

impl Replayed {
    pub(super) fn arrivals(&self) -> u64 {
        self.waits.count() + self.refused
    }

    pub(super) fn arrived(&mut self, fate: Fate) {
        match fate {
            Fate::Waited(waited) => self.waits.record(waited),
            Fate::Refused => self.refused += 1,
        }
    }
}

impl Slice for Replayed {
    fn clear(&mut self) {
        self.waits.clear();
        self.refused = 0;
        self.occupied = 0;
    }

    fn add(&mut self, other: &Self) {
        self.waits.add(&other.waits);
        self.refused += other.refused;
        self.occupied += other.occupied;
    }
}

/// The measured arrivals of a slice, in 4 KiB.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) waits: Times,
    pub(super) refused: u64,
    /// The lengths of sessions that arrived in the slice; the length of an open session counts where it
    /// ended.
    pub(super) sessions: Times,
    /// Sessions closed early to make room.
    pub(super) shortened: u64,
    /// Sessions without a record, or not put into order.
    pub(super) missed: u64,
}

impl Measured {
    pub(super) fn arrivals(&self) -> u64 {
        self.waits.count() + self.refused
    }
}

impl Slice for Measured {
    fn clear(&mut self) {
        self.waits.clear();
        self.refused = 0;
        self.sessions.clear();
        self.shortened = 0;
        self.missed = 0;
    }

    fn add(&mut self, other: &Self) {
        self.waits.add(&other.waits);
        self.refused += other.refused;
        self.sessions.add(&other.sessions);
        self.shortened += other.shortened;
        self.missed += other.missed;
    }
}
