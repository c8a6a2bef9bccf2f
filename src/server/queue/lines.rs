//! The queue's order: one line for each [standing](crate::server::Standing) of clients.
//!
//! Clients with little recent use of the pool wait in front. Every eighth entry taken is the oldest of the
//! other lines, so that no entry waits for ever. While clients in front need the last idle worker, the last
//! lines do not get it. They hold clients from addresses with reclaimed sessions, which would keep it for a
//! turn.

use std::time::{Duration, Instant};

use super::line::Line;
use crate::server::clients::{ClientKey, ClientUse};
use crate::whatif::QueueTimeout;

/// One in this many entries comes from another line than the first, while several lines have entries.
const OTHERS_EVERY: u32 = 8;

/// The most entries ahead of the other lines that keep the timeout of a moving queue. That many workers
/// become free before a client gives up.
const KEPT_BEFORE_OTHERS: usize = 8;

/// The index of the first line.
const FRONT: usize = 0;

/// The time for which clients in front need a worker after they waited for one or took the last.
const NEEDED_FOR: Duration = Duration::from_secs(1);

/// The least wait of an entry before a session is closed in its favour. It is two ticks of the reaper, in
/// which a worker that is about to finish does so.
const PATIENCE: Duration = Duration::from_millis(40);

/// The workers of a pool at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PoolState {
    pub(crate) workers: usize,
    pub(crate) idle: usize,
}

impl PoolState {
    /// Idle workers that the last lines do not get while clients in front need them. It is one, or none in
    /// a pool of one or two workers.
    fn reserved(self) -> usize {
        usize::from(self.workers > 2)
    }
}

/// The entries of a queue, without the wakeup of workers.
#[derive(Debug)]
pub(crate) struct Lines<T> {
    /// The time limits of entries.
    timeout: QueueTimeout,
    /// The lines in order, the front one first.
    by_standing: [Line<T>; 4],
    /// The number of entries taken while several lines had entries.
    taken: u32,
    /// The last time that clients in front needed the last idle worker.
    needed: Option<Instant>,
}

impl<T> Lines<T> {
    /// Lines with this capacity each.
    pub(crate) fn of(capacity: usize, timeout: QueueTimeout) -> Self {
        Self {
            timeout,
            by_standing: [(); 4].map(|()| Line::of(capacity)),
            taken: 0,
            needed: None,
        }
    }

    /// Raises the capacity to this many entries, if it is lower.
    pub(super) fn grow(&mut self, capacity: usize) {
        for line in &mut self.by_standing {
            line.grow(capacity);
        }
    }

    /// Appends an entry to its line, if there are fewer than `most` entries. Otherwise it displaces the
    /// oldest entry of the last line behind its own, which is returned.
    ///
    /// # Errors
    ///
    /// Returns the entry if there is no space for it.
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

    /// The arrival of the entry that an idle worker would take next.
    pub(super) fn next_arrived(&self, pool: PoolState, now: Instant) -> Option<Instant> {
        self.open(pool, now).next().map(|(_, oldest)| oldest)
    }

    /// The number of entries that idle workers may take, given enough workers.
    pub(super) fn to_be_taken(&self, pool: PoolState, now: Instant) -> usize {
        if self.is_withheld(pool, now) {
            let [front, heavy, ..] = &self.by_standing;
            front.len() + heavy.len()
        } else {
            self.len()
        }
    }

    /// The lines with an entry that an idle worker may take, and the arrival of the oldest in each.
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

    /// Whether clients in front need the idle worker, so that the last lines get none.
    fn is_withheld(&self, pool: PoolState, now: Instant) -> bool {
        let is_needed = |at: Instant| now.saturating_duration_since(at) < NEEDED_FOR;
        let reserved = pool.reserved();
        reserved > 0
            && pool.idle <= reserved
            && !self.is_closed()
            && self.needed.is_some_and(is_needed)
    }

    /// Takes an entry that has waited too long. The first few entries have the timeout of a moving queue.
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

    /// Updates the times for which entries have waited.
    pub(crate) fn note(&mut self, pool: PoolState, now: Instant) {
        let without_worker = self.len().saturating_sub(pool.idle);
        for line in &mut self.by_standing {
            line.note(without_worker, self.timeout.rested, now);
        }
        if self.front().waited_for(PATIENCE, now) > 0 {
            self.needed = Some(now);
        }
    }

    /// The number of entries that sessions may be closed for: entries in front that have waited for
    /// [`PATIENCE`], minus those an idle worker may take. If all entries belong to [one
    /// client](Self::only_client), they count too: the turn then applies among its own sessions.
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

    /// The client of all entries, if they share one and it does not wait in front. Sessions are closed in
    /// its favour only if their clients have used no less.
    pub(crate) fn only_client(&self) -> Option<ClientKey> {
        let mut clients = self.by_standing.iter().flat_map(Line::clients);
        let first = clients.next().filter(|_| self.front().len() == 0)?;
        clients.all(|client| client == first).then_some(first)
    }

    /// The arrival of the oldest entry.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.by_standing.iter().filter_map(Line::oldest).min()
    }

    /// The sum of the use of all entries' clients, in seconds.
    pub(crate) fn seconds(&self) -> f32 {
        self.by_standing.iter().map(Line::seconds).sum()
    }

    pub(crate) fn len(&self) -> usize {
        self.by_standing.iter().map(Line::len).sum()
    }

    /// Admits no more entries. Present entries can still be taken.
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
