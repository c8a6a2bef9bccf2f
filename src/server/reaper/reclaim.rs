//! Which sessions are closed in favour of clients that wait.
//!
//! Only sessions that have had their worker for a turn are, those first whose client had most of the pool
//! lately. How many is for the queue to say: as many as wait and have had less.

use std::cmp::Ordering;
use std::time::Duration;

use crate::observe::State;
use crate::server::clients::is_little;
use crate::server::pool::{SlotState, Termination};
use crate::server::tick::{Tick, ticks};

/// The most sessions that are closed in one tick, as a share of the workers.
const SHARE_A_TICK: usize = 8;

/// How long one write has to have taken for its client to take no replies.
const STALLED: Duration = Duration::from_millis(100);

/// A session that may be closed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Candidate<T> {
    /// The use of the pool that its client makes, in seconds.
    pub(crate) seconds: f32,
    /// When it began.
    pub(crate) begun: Tick,
    pub(crate) session: T,
}

/// Looks at the sessions of one tick.
#[derive(Debug)]
pub(crate) struct Reclaimer {
    /// How long a turn is, in ticks; `None` is for ever.
    turn: Option<u64>,
    candidates: Vec<Candidate<(usize, SlotState)>>,
    /// Sessions that were looked at, and the use of their clients.
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

    /// Looks at the session in a slot.
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

    /// The mean use of the clients that hold a worker and of those that wait, of which there are so many.
    #[expect(clippy::cast_precision_loss, reason = "for a mean")]
    pub(crate) fn mean(&self, waiting: usize, seconds: f32) -> f32 {
        let clients = self.sessions.saturating_add(waiting).max(1);
        (self.seconds + seconds) / clients as f32
    }

    /// So many of the sessions that may be closed in favour of clients of this use, the next one first. Then
    /// the look begins anew.
    pub(crate) fn candidates(
        &mut self,
        most: usize,
        seconds: f32,
    ) -> impl Iterator<Item = (usize, SlotState)> {
        self.sessions = 0;
        self.seconds = 0.0;
        // Mostly nobody waits, and then many sessions are not put in order.
        if most > 0 {
            let have_little = |it: &Candidate<_>| is_little(it.seconds, seconds);
            self.candidates.retain(|it| !have_little(it));
            self.candidates.sort_unstable_by(heaviest_first);
        }
        self.candidates.drain(..).take(most).map(|it| it.session)
    }
}

/// How the session is closed that was seen like this, if it can be closed at once: its client is silent, or
/// takes no replies. Any other is closed after its next reply.
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

/// The most sessions of so many workers that are closed in one tick.
pub(crate) fn most_a_tick(workers: usize) -> usize {
    (workers / SHARE_A_TICK).max(1)
}

/// The session first whose client had most of the pool lately; of one client the one that began first.
pub(crate) fn heaviest_first<T>(one: &Candidate<T>, other: &Candidate<T>) -> Ordering {
    let by_use = other.seconds.total_cmp(&one.seconds);
    by_use.then(one.begun.cmp(&other.begun))
}
