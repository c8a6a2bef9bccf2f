//! The replay of the arrivals through one shadow pool.

use super::advice::{Percentiles, PoolFigures};
use super::pool::Pool;
use super::shadow_pool::{Arrival, ShadowPool};
use super::sliding::{Period, Sliding};
use super::timeline::Event;
use super::windows::{Replayed, slices};
use super::{Nanos, share};

/// A shadow pool and its figures.
#[derive(Debug)]
pub(super) struct Replay {
    workers: usize,
    pool: ShadowPool,
    slices: Sliding<Replayed>,
    /// When the replay began.
    since: Nanos,
    /// The total occupied time of the pool's workers at the last watermark.
    occupied: i128,
}

impl Replay {
    /// A pool that begins now with the sessions under way. Sessions beyond the number of workers are
    /// left out.
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

    /// Replays the events up to the watermark.
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

    /// The pool's figures for the arrivals of a period.
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
