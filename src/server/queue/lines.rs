//! The order in which entries leave the queue: a line for each [standing](crate::server::Standing) of clients.
//!
//! Clients that had little of the pool lately wait in front. Every eighth entry that is taken is the oldest
//! of the other lines, so that nobody waits for ever. While clients in front need the last idle worker,
//! clients from an address of which sessions were closed at the end of their turn do not get it: they would
//! keep it for a turn.

use std::time::{Duration, Instant};

use super::line::Line;
use crate::server::clients::{ClientKey, ClientUse};
use crate::whatif::QueueTimeout;

/// Of so many entries that are taken while several lines have some, one is of another line than the first.
const OTHERS_EVERY: u32 = 8;

/// The most entries before those of other lines that may wait as long as if the queue did not stand: so
/// many workers become free before a client has lost its patience.
const KEPT_BEFORE_OTHERS: usize = 8;

/// The place of the first line.
const FRONT: usize = 0;

/// For how long clients in front need a worker that they have had to wait for, or that was the last.
const NEEDED_FOR: Duration = Duration::from_secs(1);

/// How long an entry has to have waited before a session is closed in its favour: two ticks of the reaper,
/// in which a worker that is about to finish does so.
const PATIENCE: Duration = Duration::from_millis(40);

/// The workers of a pool at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PoolState {
    pub(crate) workers: usize,
    pub(crate) idle: usize,
}

impl PoolState {
    /// Idle workers that clients in the last lines do not get while clients in front need them: one, and none
    /// where that would be half of the pool or all of it.
    fn reserved(self) -> usize {
        usize::from(self.workers > 2)
    }
}

/// The entries of a queue, without what wakes workers for them.
#[derive(Debug)]
pub(crate) struct Lines<T> {
    /// How long entries may wait.
    timeout: QueueTimeout,
    /// The first one first.
    by_standing: [Line<T>; 4],
    /// Entries that were taken while several lines had some.
    taken: u32,
    /// When clients in front last needed the last idle worker.
    needed: Option<Instant>,
}

impl<T> Lines<T> {
    /// Lines for this many entries each.
    pub(crate) fn of(capacity: usize, timeout: QueueTimeout) -> Self {
        Self {
            timeout,
            by_standing: [(); 4].map(|()| Line::of(capacity)),
            taken: 0,
            needed: None,
        }
    }

    /// Makes room for this many entries, if there is less.
    pub(super) fn grow(&mut self, capacity: usize) {
        for line in &mut self.by_standing {
            line.grow(capacity);
        }
    }

    /// Puts an entry at the end of its line, if fewer than so many are there. If not, it takes the place of
    /// the oldest entry of the last line behind its own, which is returned.
    ///
    /// # Errors
    ///
    /// Hands the entry back if there is no room for it.
    pub(crate) fn admit(
        &mut self,
        entry: T,
        client: ClientUse,
        most: usize,
        now: Instant,
    ) -> Result<Option<T>, T> {
        let is_full = self.len() >= most;
        let (lines, behind) = self.by_standing.split_at_mut(client.standing as usize + 1);
        let Some(line) = lines.last_mut() else {
            return Err(entry);
        };
        if !is_full {
            return line.push(entry, client, now).map(|()| None);
        }
        let Some(last) = behind.iter_mut().rfind(|line| line.len() > 0) else {
            return Err(entry);
        };
        line.push(entry, client, now)?;
        Ok(last.pop())
    }

    /// Takes the next entry for an idle worker.
    pub(crate) fn take(&mut self, pool: PoolState, now: Instant) -> Option<T> {
        let mut open = self.open(pool, now);
        let (first, _) = open.next()?;
        let other = open.min_by_key(|(_, oldest)| *oldest);
        let mut index = first;
        if let Some((other, _)) = other {
            self.taken = self.taken.wrapping_add(1);
            if self.taken.is_multiple_of(OTHERS_EVERY) {
                index = other;
            }
        }
        if index == FRONT && pool.idle <= pool.reserved() {
            self.needed = Some(now);
        }
        self.by_standing.get_mut(index)?.pop()
    }

    /// When the entry arrived that an idle worker would take.
    pub(super) fn next_arrived(&self, pool: PoolState, now: Instant) -> Option<Instant> {
        self.open(pool, now).next().map(|(_, oldest)| oldest)
    }

    /// How many entries idle workers would take, if there were enough.
    pub(super) fn to_be_taken(&self, pool: PoolState, now: Instant) -> usize {
        if self.is_withheld(pool, now) {
            let [front, heavy, ..] = &self.by_standing;
            front.len() + heavy.len()
        } else {
            self.len()
        }
    }

    /// The lines that have an entry which an idle worker may take, and when the oldest of each arrived.
    fn open(
        &self,
        pool: PoolState,
        now: Instant,
    ) -> impl Iterator<Item = (usize, Instant)> + use<T> {
        let mut oldest = self.by_standing.each_ref().map(Line::oldest);
        if self.is_withheld(pool, now) {
            let [_, _, last @ ..] = &mut oldest;
            *last = [None; 2];
        }
        let oldest = oldest.into_iter().enumerate();
        oldest.filter_map(|(index, oldest)| Some((index, oldest?)))
    }

    /// Whether clients in front need what is idle, so that the last lines get nothing.
    fn is_withheld(&self, pool: PoolState, now: Instant) -> bool {
        let is_needed = |at: Instant| now.saturating_duration_since(at) < NEEDED_FOR;
        let reserved = pool.reserved();
        reserved > 0
            && pool.idle <= reserved
            && !self.is_closed()
            && self.needed.is_some_and(is_needed)
    }

    /// Takes an entry that has waited for longer than it may. A few entries that are next may wait as long as
    /// if the queue did not stand.
    pub(crate) fn take_late(&mut self, pool: PoolState, now: Instant) -> Option<T> {
        let mut up_to_here = self.len();
        let mut is_before_others = false;
        for line in self.by_standing.iter_mut().rev() {
            let mut timeout = self.timeout;
            let kept = if is_before_others {
                KEPT_BEFORE_OTHERS.min(pool.workers)
            } else {
                QueueTimeout::kept(pool.workers)
            };
            if up_to_here <= kept {
                timeout.busy = None;
            }
            if line.is_late(timeout, now) {
                return line.pop();
            }
            up_to_here -= line.len();
            is_before_others |= line.has_been_waited_in();
        }
        None
    }

    /// Takes the oldest entry of the first line that has one.
    pub(super) fn take_any(&mut self) -> Option<T> {
        self.by_standing.iter_mut().find_map(Line::pop)
    }

    /// Takes note of the time that passes for those that wait.
    pub(crate) fn note(&mut self, pool: PoolState, now: Instant) {
        let without_worker = self.len().saturating_sub(pool.idle);
        for line in &mut self.by_standing {
            line.note(without_worker, self.timeout.rested, now);
        }
        if self.front().waited_for(PATIENCE, now) > 0 {
            self.needed = Some(now);
        }
    }

    /// How many entries there are in whose favour sessions may be closed: those in front that have waited
    /// for a moment, but for those that an idle worker may take. Where all that wait are [one
    /// client](Self::only_client) nobody is treated worse than others, so the turn holds for its sessions
    /// among themselves.
    pub(crate) fn in_need(&self, pool: PoolState, now: Instant) -> usize {
        let (waited, idle) = if self.front().len() > 0 {
            (self.front().waited_for(PATIENCE, now), pool.idle)
        } else if self.only_client().is_some() {
            let waited = self
                .by_standing
                .iter()
                .map(|line| line.waited_for(PATIENCE, now));
            (waited.sum(), self.to_be_taken(pool, now).min(pool.idle))
        } else {
            (0, 0)
        };
        waited.saturating_sub(idle)
    }

    /// The client of all entries, if it is one that does not wait in front. Sessions are closed in its favour
    /// only if their clients have had no less.
    pub(crate) fn only_client(&self) -> Option<ClientKey> {
        let mut clients = self.by_standing.iter().flat_map(Line::clients);
        let first = clients.next().filter(|_| self.front().len() == 0)?;
        clients.all(|client| client == first).then_some(first)
    }

    /// When the entry that has waited for longest arrived.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.by_standing.iter().filter_map(Line::oldest).min()
    }

    /// The use of the clients of all entries, in seconds.
    pub(crate) fn seconds(&self) -> f32 {
        self.by_standing.iter().map(Line::seconds).sum()
    }

    pub(crate) fn len(&self) -> usize {
        self.by_standing.iter().map(Line::len).sum()
    }

    /// Lets nothing more in. What is there can still be taken.
    pub(super) fn close(&mut self) {
        self.by_standing.iter_mut().for_each(Line::close);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.front().is_closed()
    }

    fn front(&self) -> &Line<T> {
        let [front, ..] = &self.by_standing;
        front
    }
}
