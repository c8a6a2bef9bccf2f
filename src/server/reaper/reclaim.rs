//! The selection of sessions that are closed in favour of waiting clients.
//!
//! Only sessions that have held their worker for a turn qualify. The client with the largest recent use of
//! the pool comes first. The queue limits the number to the waiting clients that have used less.

use std::cmp::Ordering;
use std::time::Duration;

use crate::observe::State;
use crate::server::clients::is_little;
use crate::server::pool::{SlotState, Termination};
use crate::server::tick::{Tick, ticks};

/// The most sessions closed in one tick, as a fraction of the workers: one in eight.
const SHARE_A_TICK: usize = 8;

/// The age of a write from which its client counts as taking no replies.
const STALLED: Duration = Duration::from_millis(100);

/// A session that may be closed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Candidate<T> {
    /// The client's recent use of the pool, in seconds.
    pub(crate) seconds: f32,
    /// The tick at which it began.
    pub(crate) begun: Tick,
    pub(crate) session: T,
}

/// The sessions of one tick, and those that may be closed.
#[derive(Debug)]
pub(crate) struct Reclaimer {
    /// The length of a turn, in ticks; `None` means no limit.
    turn: Option<u64>,
    candidates: Vec<Candidate<(usize, SlotState)>>,
    /// The number of sessions considered, and the sum of their clients' use.
    sessions: usize,
    seconds: f32,
}

impl Reclaimer {
    pub(crate) fn new(turn: Option<Duration>) -> Self {
        Self {
            turn: turn.map(ticks),
            candidates: Vec::new(),
            sessions: 0,
            seconds: 0.0,
        }
    }

    /// Adds the session in a slot.
    pub(crate) fn consider(&mut self, slot: usize, seen: SlotState, now: Tick) {
        let seconds = seen.seconds(now);
        self.sessions += 1;
        self.seconds += seconds;
        if self.turn.is_some_and(|turn| now.since(seen.begun) >= turn) {
            self.candidates.push(Candidate {
                seconds,
                begun: seen.begun,
                session: (slot, seen),
            });
        }
    }

    /// The mean use of the clients that hold a worker and of the `waiting` clients.
    #[expect(clippy::cast_precision_loss, reason = "for a mean")]
    pub(crate) fn mean(&self, waiting: usize, seconds: f32) -> f32 {
        let clients = self.sessions.saturating_add(waiting).max(1);
        (self.seconds + seconds) / clients as f32
    }

    /// Up to `most` sessions that may be closed in favour of clients with this use, in order. Then resets
    /// for the next tick.
    pub(crate) fn candidates(
        &mut self,
        most: usize,
        seconds: f32,
    ) -> impl Iterator<Item = (usize, SlotState)> {
        self.sessions = 0;
        self.seconds = 0.0;
        // Usually no client waits, and then sorting many sessions would be wasted.
        if most > 0 {
            let have_little = |it: &Candidate<_>| is_little(it.seconds, seconds);
            self.candidates.retain(|it| !have_little(it));
            self.candidates.sort_unstable_by(heaviest_first);
        }
        self.candidates.drain(..).take(most).map(|it| it.session)
    }
}

/// The way to close the observed session at once, if possible: its client is silent or takes no replies.
/// Any other session is closed after its next reply.
pub(crate) fn termination(seen: SlotState, now: Tick) -> Option<Termination> {
    match seen.state() {
        State::Awaiting => Some(Termination::Reclaimed),
        State::Reading => Some(Termination::ReclaimedReading),
        State::Writing if now.since(seen.since()) >= ticks(STALLED) => {
            Some(Termination::ReclaimedWriting)
        }
        State::Idle | State::Working | State::Writing => None,
    }
}

/// The most sessions closed in one tick, for this number of workers.
pub(crate) fn most_a_tick(workers: usize) -> usize {
    (workers / SHARE_A_TICK).max(1)
}

/// Orders by the client's recent use of the pool, largest first; for equal use, by begin.
pub(crate) fn heaviest_first<T>(one: &Candidate<T>, other: &Candidate<T>) -> Ordering {
    let by_use = other.seconds.total_cmp(&one.seconds);
    by_use.then(one.begun.cmp(&other.begun))
}
