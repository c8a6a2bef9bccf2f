//! The shadow pool: computes when a pool would have served each arrival, without running it.
//!
//! In a pool that serves in order of arrival, a session begins when it arrives or when the first worker
//! comes free, whichever is later. The moments at which workers come free are thus the complete state
//! (J. Kiefer and J. Wolfowitz, "On the theory of queues with many servers", 1955).

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

/// The most arrivals whose fate may be unknown, of 40 bytes each; further arrivals count as
/// refused.
const UNKNOWN_MOST: usize = 1 << 16;

/// The longest queue that counts as bounded: longer than any that is allowed.
const PLACES_MOST: usize = 1 << 20;

/// An arrival at a shadow pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arrival {
    pub(super) at: Nanos,
    pub(super) length: Length,
}

/// How long a session holds its worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    Known(Nanos),
    /// The session still goes on; the real pool's worker took it at `began`.
    Open {
        session: SessionId,
        began: Nanos,
    },
}

/// A FIFO pool of workers behind a queue that is bounded by count and by time.
///
/// All results are exact. A result that depends on the length of an open session is reported only when that
/// length is known. Memory: 8 bytes for each worker and each place in the queue, about 100 for each open
/// session, and 2.5 MiB for arrivals behind them.
#[derive(Debug)]
pub(super) struct ShadowPool {
    workers: usize,
    places: usize,
    timeout: QueueTimeout,
    /// When the workers with sessions of known length come free. Workers that were free before the last
    /// arrival are equivalent and not stored.
    busy: BinaryHeap<Reverse<Nanos>>,
    open: OpenSessions,
    /// When arrivals that waited left the queue, in order, as far as known.
    leaving: VecDeque<Nanos>,
    /// The start of the time in which the queue has held entries, except for short breaks.
    held_since: Nanos,
    /// The latest known moment at which an entry left the queue.
    last_left: Nanos,
    /// Arrivals that got a place in the queue and are not known to have left it, in order.
    waiting: VecDeque<Arrival>,
    /// All arrivals before this moment have been taken.
    arrived: Nanos,
    /// Arrivals for which it is unknown whether they got a place, in order.
    pending: VecDeque<Arrival>,
    /// The total length of all placed sessions that are not open.
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

    /// Takes an arrival, which must not be earlier than the last. Calls `tell` for each fate as soon as it is
    /// known.
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

    /// Sets the length of the open session that arrived at this moment.
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

    /// Records that every open session still went on at this moment.
    pub(super) fn still_open(&mut self, until: Nanos, tell: &mut impl FnMut(Nanos, Fate)) {
        self.open.still_open(until);
        self.settle(tell);
    }

    /// Records that all arrivals before this moment have been taken.
    pub(super) fn nobody_before(&mut self, until: Nanos, tell: &mut impl FnMut(Nanos, Fate)) {
        self.arrived = self.arrived.max(until);
        self.settle(tell);
    }

    /// The total time in which workers were occupied up to this moment, which must not be before the
    /// last arrival.
    ///
    /// From then on a worker is occupied without a break until it comes free. Only this stretch of the placed
    /// time lies ahead.
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

    /// The fate of the first waiting arrival, unless it depends on an open session.
    fn serve(&mut self, head: Arrival) -> Option<Fate> {
        let (known, earliest) = (self.first_known(), self.earliest());
        let held = Duration::from_nanos(head.at.saturating_sub(self.held_since));
        let after = |limit| head.at.saturating_add(nanos(limit));
        let normal = self.timeout.normal.map_or(Nanos::MAX, after);
        let busy = self.timeout.busy_limit(held).map_or(normal, after);
        // The shorter limit applies only from the moment at which more than `kept` entries wait.
        let kept = QueueTimeout::kept(self.workers);
        let many_since = self.waiting.get(kept).map(|it| it.at);
        let deadline = many_since.map_or(normal, |many| busy.max(many).min(normal));
        // An arrival that is not yet known can raise the number above `kept` before the first one leaves.
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
        // `known` precedes the arrival only if a session had ended before it was last seen.
        let start = known.max(head.at);
        self.leave(start);
        self.begin(start, head.length);
        Some(Fate::Waited(start - head.at))
    }

    /// For all arrivals before this moment it is known whether they got a place.
    fn known_before(&self) -> Nanos {
        self.pending.front().map_or(self.arrived, |next| next.at)
    }

    fn leave(&mut self, at: Nanos) {
        self.leaving.push_back(at);
        self.last_left = at;
    }

    /// The place of the first pending arrival, unless it depends on an open session.
    fn place(&mut self, at: Nanos) -> Option<Place> {
        if self.waiting.is_empty() && self.has_free_worker(at) {
            return Some(Place::WithWorker);
        }
        // No waiting arrival leaves before a worker may come free. A timeout before that moment would already
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

    /// Whether a worker is free for an arrival at this moment, if the queue is empty.
    fn has_free_worker(&mut self, at: Nanos) -> bool {
        self.advance(at);
        self.busy.len() + self.open.len() < self.workers
    }

    /// Removes entries that are over by the arrival at this moment.
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

    /// When the first worker with a session of known length comes free.
    fn first_known(&self) -> Nanos {
        self.busy.peek().map_or(Nanos::MAX, |Reverse(free)| *free)
    }

    /// No worker comes free before this moment.
    fn earliest(&self) -> Nanos {
        self.first_known().min(self.open.earliest())
    }

    /// Sets the length of a session that has not begun in this pool.
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
        // A session that was refused here is in neither list and needs no length.
        if let Some(found) = since.find(is_it) {
            found.length = Length::Known(length);
        }
    }
}

/// The place of an arrival.
enum Place {
    WithWorker,
    InQueue,
    Nowhere,
}
