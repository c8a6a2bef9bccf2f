//! A pool that never was: when it would have served each arrival, found without running it.
//!
//! In a pool that serves in order of arrival, a session begins when it arrives or when the first
//! worker comes free, whichever is later; so the moments at which workers come free are all there is
//! to know (J. Kiefer and J. Wolfowitz, "On the theory of queues with many servers", 1955).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use self::open::OpenSessions;
use super::observation::SessionId;
use super::queue_timeout::QueueTimeout;
use super::{Fate, Nanos, nanos};

mod open;
#[cfg(test)]
mod tests;

/// Arrivals of which it may be unknown what became of them, of 40 bytes each; those beyond count as
/// refused.
const UNKNOWN_MOST: usize = 1 << 16;

/// The longest queue that is told apart from one without a bound: more than any that is allowed.
const PLACES_MOST: usize = 1 << 20;

/// An arrival as a pool meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arrival {
    pub(super) at: Nanos,
    pub(super) length: Length,
}

/// How long a session has its worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    Known(Nanos),
    /// The session still goes on, since `began` with the worker that really has it.
    Open {
        session: SessionId,
        began: Nanos,
    },
}

/// A FIFO pool of workers behind a queue that is bounded by count and by time.
///
/// Everything it says is exact: what depends on how long a session will last that still goes on is
/// not said before that is known. Memory: 8 bytes for each worker and each place in the queue, about
/// 100 for each open session, and 2.5 MiB for arrivals behind them.
#[derive(Debug)]
pub(super) struct ShadowPool {
    workers: usize,
    places: usize,
    timeout: QueueTimeout,
    /// When the workers with a session of known length come free. Those that were free before the
    /// last arrival are all alike, and not in here.
    busy: BinaryHeap<Reverse<Nanos>>,
    open: OpenSessions,
    /// When those that waited left the queue, in order, as far as it is known.
    leaving: VecDeque<Nanos>,
    /// Since when the queue has held entries, but for short breaks.
    held_since: Nanos,
    /// When the last entry left it that is known to have done so.
    last_left: Nanos,
    /// Who found a place in the queue and is not known to have left it, in order.
    waiting: VecDeque<Arrival>,
    /// All that arrived before this moment have been taken.
    arrived: Nanos,
    /// Of whom it is not even known whether they found a place, in order.
    pending: VecDeque<Arrival>,
    /// The lengths of all sessions that were placed and are not open.
    placed: i128,
}

impl ShadowPool {
    pub(super) fn new(workers: usize, places: usize, timeout: QueueTimeout) -> Self {
        Self {
            workers,
            places: places.min(PLACES_MOST),
            timeout,
            busy: BinaryHeap::new(),
            open: OpenSessions::default(),
            leaving: VecDeque::new(),
            held_since: 0,
            last_left: 0,
            arrived: 0,
            waiting: VecDeque::new(),
            pending: VecDeque::new(),
            placed: 0,
        }
    }

    /// Takes an arrival, none of which may be earlier than the last, and tells what became of whom as
    /// soon as it is known.
    pub(super) fn enter(&mut self, arrival: Arrival, tell: &mut impl FnMut(Nanos, Fate)) {
        self.arrived = arrival.at;
        let unknown = self.waiting.len() + self.pending.len();
        if unknown == 0 && self.has_free_worker(arrival.at) {
            self.begin(arrival.at, arrival.length);
            tell(arrival.at, Fate::Waited(0));
        } else if unknown < UNKNOWN_MOST {
            self.pending.push_back(arrival);
            self.settle(tell);
        } else {
            tell(arrival.at, Fate::Refused);
        }
    }

    /// Gives the open session that arrived at this moment its length.
    pub(super) fn close(
        &mut self,
        at: Nanos,
        session: SessionId,
        length: Nanos,
        tell: &mut impl FnMut(Nanos, Fate),
    ) {
        if let Some(start) = self.open.remove(session) {
            self.occupy(start, length);
        } else {
            self.close_early(at, session, length);
        }
        self.settle(tell);
    }

    /// Takes note that every open session still went on at this moment.
    pub(super) fn still_open(&mut self, until: Nanos, tell: &mut impl FnMut(Nanos, Fate)) {
        self.open.still_open(until);
        self.settle(tell);
    }

    /// Takes note that all that arrived before this moment have been taken.
    pub(super) fn nobody_before(&mut self, until: Nanos, tell: &mut impl FnMut(Nanos, Fate)) {
        self.arrived = self.arrived.max(until);
        self.settle(tell);
    }

    /// The time for which workers have been occupied by this moment, all together. Not before the
    /// last arrival.
    ///
    /// A worker is occupied without a break from then until it comes free, so what is placed and
    /// lies ahead is that stretch.
    pub(super) fn occupied(&self, by: Nanos) -> i128 {
        let ahead = |Reverse(free): &Reverse<Nanos>| i128::from(free.saturating_sub(by));
        let ahead: i128 = self.busy.iter().map(ahead).sum();
        let under_way = |start| i128::from(by) - i128::from(start);
        let under_way: i128 = self.open.starts().map(under_way).sum();
        self.placed + under_way - ahead
    }

    fn settle(&mut self, tell: &mut impl FnMut(Nanos, Fate)) {
        while let Some((at, fate)) = self.next_fate() {
            tell(at, fate);
        }
    }

    fn next_fate(&mut self) -> Option<(Nanos, Fate)> {
        loop {
            if let Some(head) = self.waiting.front().copied()
                && let Some(fate) = self.serve(head)
            {
                self.waiting.pop_front();
                return Some((head.at, fate));
            }
            let next = self.pending.front().copied()?;
            let place = self.place(next.at)?;
            self.pending.pop_front();
            match place {
                Place::WithWorker => {
                    self.begin(next.at, next.length);
                    return Some((next.at, Fate::Waited(0)));
                }
                Place::InQueue => self.waiting.push_back(next),
                Place::Nowhere => return Some((next.at, Fate::Refused)),
            }
        }
    }

    /// What becomes of the first that waits, unless that depends on a session that still goes on.
    fn serve(&mut self, head: Arrival) -> Option<Fate> {
        let (known, earliest) = (self.first_known(), self.earliest());
        let held = Duration::from_nanos(head.at.saturating_sub(self.held_since));
        let after = |limit| head.at.saturating_add(nanos(limit));
        let normal = self.timeout.normal.map_or(Nanos::MAX, after);
        let busy = self.timeout.busy_limit(held).map_or(normal, after);
        // As long as few wait, the shorter limit is not for it.
        let kept = QueueTimeout::kept(self.workers);
        let many_since = self.waiting.get(kept).map(|it| it.at);
        let deadline = many_since.map_or(normal, |many| busy.max(many).min(normal));
        // Somebody who is not known yet may make them many, if he comes before it leaves.
        let leaves = earliest.max(head.at).min(deadline);
        if many_since.is_none() && busy < leaves && self.known_before() < leaves {
            return None;
        }
        if earliest > deadline {
            self.leave(deadline);
            return Some(Fate::Refused);
        }
        if earliest < known {
            return None;
        }
        self.busy.pop();
        // Later than the arrival, unless a session turned out to have ended before it was last seen.
        let start = known.max(head.at);
        self.leave(start);
        self.begin(start, head.length);
        Some(Fate::Waited(start - head.at))
    }

    /// All that arrived before this moment have a place, or are known to have none.
    fn known_before(&self) -> Nanos {
        self.pending.front().map_or(self.arrived, |next| next.at)
    }

    fn leave(&mut self, at: Nanos) {
        self.leaving.push_back(at);
        self.last_left = at;
    }

    /// Where the first that is pending finds a place, unless that depends on a session that still goes
    /// on.
    fn place(&mut self, at: Nanos) -> Option<Place> {
        if self.waiting.is_empty() && self.has_free_worker(at) {
            return Some(Place::WithWorker);
        }
        // Nobody who waits leaves before a worker may come free; for want of time neither, or it would
        // be known.
        if self.earliest() <= at {
            return None;
        }
        let left = self.leaving.partition_point(|left| *left <= at);
        let waiting = self.leaving.len() - left + self.waiting.len();
        let rested = nanos(self.timeout.rested);
        if waiting == 0 && at.saturating_sub(self.last_left) >= rested {
            self.held_since = at;
        }
        Some(if waiting < self.places {
            Place::InQueue
        } else {
            Place::Nowhere
        })
    }

    /// Whether a worker is free when somebody arrives at this moment, nobody waiting.
    fn has_free_worker(&mut self, at: Nanos) -> bool {
        self.advance(at);
        self.busy.len() + self.open.len() < self.workers
    }

    /// Forgets what is over by the arrival at this moment.
    fn advance(&mut self, at: Nanos) {
        while self.busy.peek().is_some_and(|Reverse(free)| *free <= at) {
            self.busy.pop();
        }
        while self.leaving.front().is_some_and(|left| *left <= at) {
            self.leaving.pop_front();
        }
    }

    fn begin(&mut self, start: Nanos, length: Length) {
        match length {
            Length::Known(length) => self.occupy(start, length),
            Length::Open { session, began } => self.open.insert(session, start, began),
        }
    }

    fn occupy(&mut self, start: Nanos, length: Nanos) {
        self.busy.push(Reverse(start.saturating_add(length)));
        self.placed += i128::from(length);
    }

    /// When the first worker comes free whose session is of known length.
    fn first_known(&self) -> Nanos {
        self.busy.peek().map_or(Nanos::MAX, |Reverse(free)| *free)
    }

    /// No worker comes free before this moment.
    fn earliest(&self) -> Nanos {
        self.first_known().min(self.open.earliest())
    }

    /// Gives a session its length before it has begun here.
    fn close_early(&mut self, at: Nanos, session: SessionId, length: Nanos) {
        let is_it = |arrival: &&mut Arrival| match arrival.length {
            Length::Open { session: open, .. } => open == session,
            Length::Known(_) => false,
        };
        let before = |arrival: &Arrival| arrival.at < at;
        let waiting = self.waiting.partition_point(before);
        let pending = self.pending.partition_point(before);
        let waiting = self.waiting.range_mut(waiting..);
        let mut since = waiting.chain(self.pending.range_mut(pending..));
        // One that was refused is in neither, and has no use for a length.
        if let Some(found) = since.find(is_it) {
            found.length = Length::Known(length);
        }
    }
}

/// Where an arrival finds a place.
enum Place {
    WithWorker,
    InQueue,
    Nowhere,
}
