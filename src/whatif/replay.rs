//! One shadow pool, and what came of replaying the arrivals through it.

use super::advice::{Percentiles, PoolFigures};
use super::pool::Pool;
use super::shadow_pool::{Arrival, ShadowPool};
use super::sliding::{Period, Sliding};
use super::timeline::Event;
use super::windows::{Replayed, slices};
use super::{Nanos, share};

/// A pool of some number of workers, and its figures.
#[derive(Debug)]
pub(super) struct Replay {
    workers: usize,
    pool: ShadowPool,
    slices: Sliding<Replayed>,
    /// When it began.
    since: Nanos,
    /// The time for which its workers had been occupied by the last watermark.
    occupied: i128,
}

impl Replay {
    /// A pool that begins now, and whose workers have the sessions that are under way; more of these
    /// than there are workers do not count.
    pub(super) fn new(settings: &Pool, now: Nanos, under_way: &[Arrival]) -> Self {
        let mut pool = ShadowPool::new(settings.workers, settings.places, settings.timeout);
        for arrival in under_way.iter().take(settings.workers) {
            pool.enter(*arrival, &mut |_, _| {});
        }
        Self {
            workers: settings.workers,
            occupied: pool.occupied(now),
            pool,
            slices: slices(),
            since: now,
        }
    }

    pub(super) fn workers(&self) -> usize {
        self.workers
    }

    /// Replays what happened up to the watermark.
    pub(super) fn take(&mut self, events: &[Event], watermark: Nanos) {
        let slices = &mut self.slices;
        let mut tell = |at, fate| slices.note(at, |slice| slice.arrived(fate));
        for event in events {
            match *event {
                Event::Ended {
                    at,
                    session,
                    lasted,
                } => self.pool.close(at, session, lasted, &mut tell),
                Event::StillOpen(until) => self.pool.still_open(until, &mut tell),
                Event::Arrived(arrival, _) => self.pool.enter(arrival, &mut tell),
            }
        }
        self.pool.nobody_before(watermark, &mut tell);
        let occupied = self.pool.occupied(watermark);
        let more = occupied - self.occupied;
        self.occupied = occupied;
        self.slices.note(watermark, |slice| slice.occupied += more);
    }

    /// What it did with those of a window's arrivals that came since a moment.
    pub(super) fn figures(&self, period: Period, current: usize) -> PoolFigures {
        let replayed = self.slices.merged(period);
        let waits = Percentiles::of(&replayed.waits);
        let begins = self.slices.begins(period).max(self.since);
        let covered = period.until.saturating_sub(begins);
        let (refused, arrivals) = (replayed.refused, replayed.arrivals());
        PoolFigures {
            workers: self.workers,
            is_current: self.workers == current,
            wait_p50_seconds: waits.p50_seconds,
            wait_p99_seconds: waits.p99_seconds,
            refused_ratio: share(refused.into(), arrivals.into()),
            utilisation_ratio: share(
                replayed.occupied,
                self.workers as i128 * i128::from(covered),
            ),
        }
    }
}
