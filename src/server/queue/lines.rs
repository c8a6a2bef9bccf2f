//! The order in which entries leave the queue: two lines, taken from in turn.
//!
//! Clients that had little of the pool lately wait in front, the others behind. Every eighth entry that is
//! taken is one from behind, so that nobody waits for ever. While clients in front need the last idle
//! worker, clients behind that overran their turn do not get it: they would keep it for a turn.

use std::time::{Duration, Instant};

use super::line::Line;
use crate::advise::QueueTimeout;
use crate::server::fairness::{ClientUse, Standing};

/// Of so many entries that are taken while both lines have some, one is from behind.
const BEHIND_EVERY: u32 = 8;

/// Idle workers that clients that overran do not get while clients in front need them.
const RESERVED: usize = 1;

/// For how long clients in front need a worker that they have had to wait for, or that was the last.
const NEEDED_FOR: Duration = Duration::from_secs(1);

/// How long an entry has to have waited before a session is closed in its favour: two ticks of the reaper,
/// in which a worker that is about to finish does so.
const PATIENCE: Duration = Duration::from_millis(40);

/// The entries of a queue, without what wakes workers for them.
#[derive(Debug)]
pub(in crate::server) struct Lines<T> {
    /// How long entries may wait.
    timeout: QueueTimeout,
    front: Line<T>,
    behind: Line<T>,
    /// Entries that were taken while both lines had some.
    taken: u32,
    /// When clients in front last needed the last idle worker.
    needed: Option<Instant>,
}

impl<T> Lines<T> {
    /// Lines for this many entries each.
    pub(in crate::server) fn of(capacity: usize, timeout: QueueTimeout) -> Self {
        Self {
            timeout,
            front: Line::of(capacity),
            behind: Line::of(capacity),
            taken: 0,
            needed: None,
        }
    }

    /// Makes room for this many entries, if there is less.
    pub(super) fn grow(&mut self, capacity: usize) {
        self.front.grow(capacity);
        self.behind.grow(capacity);
    }

    /// Puts an entry at the end of its line, if fewer than so many are there. If not, an entry in front
    /// takes the place of the oldest behind, which is returned.
    ///
    /// # Errors
    ///
    /// Hands the entry back if there is no room for it.
    pub(in crate::server) fn admit(
        &mut self,
        entry: T,
        client: ClientUse,
        most: usize,
        now: Instant,
    ) -> Result<Option<T>, T> {
        let is_full = self.len() >= most;
        match client.standing {
            Standing::Light if is_full && self.behind.len() > 0 => {
                self.front.push(entry, client, now)?;
                Ok(self.behind.pop())
            }
            _ if is_full => Err(entry),
            Standing::Light => self.front.push(entry, client, now).map(|()| None),
            Standing::Heavy | Standing::Overran => {
                self.behind.push(entry, client, now).map(|()| None)
            }
        }
    }

    /// Takes the next entry for one of so many idle workers.
    pub(in crate::server) fn take(&mut self, idle: usize, now: Instant) -> Option<T> {
        let may_take_behind = self.may_take_behind(idle, now);
        if self.front.len() == 0 {
            return if may_take_behind {
                self.behind.pop()
            } else {
                None
            };
        }
        if may_take_behind {
            self.taken = self.taken.wrapping_add(1);
            if self.taken.is_multiple_of(BEHIND_EVERY) {
                return self.behind.pop();
            }
        }
        if idle <= RESERVED {
            self.needed = Some(now);
        }
        self.front.pop()
    }

    /// When the entry arrived that one of so many idle workers would take.
    pub(super) fn next_arrived(&self, idle: usize, now: Instant) -> Option<Instant> {
        let behind = || {
            self.behind
                .oldest()
                .filter(|_| self.may_take_behind(idle, now))
        };
        self.front.oldest().or_else(behind)
    }

    /// How many entries so many idle workers would take.
    pub(super) fn to_be_taken(&self, idle: usize, now: Instant) -> usize {
        if self.may_take_behind(idle, now) {
            self.len()
        } else {
            self.front.len()
        }
    }

    /// Whether there is an entry behind that one of so many idle workers may take.
    fn may_take_behind(&self, idle: usize, now: Instant) -> bool {
        let is_needed = |at: Instant| now.saturating_duration_since(at) < NEEDED_FOR;
        match self.behind.standing() {
            None => false,
            Some(Standing::Light | Standing::Heavy) => true,
            Some(Standing::Overran) => {
                idle > RESERVED || self.is_closed() || !self.needed.is_some_and(is_needed)
            }
        }
    }

    /// Takes an entry that has waited for longer than it may, in front of so many workers.
    pub(in crate::server) fn take_late(&mut self, workers: usize, now: Instant) -> Option<T> {
        let mut timeout = self.timeout;
        if self.len() <= QueueTimeout::kept(workers) {
            timeout.busy = None;
        }
        let mut lines = [&mut self.behind, &mut self.front].into_iter();
        lines.find(|line| line.is_late(timeout, now))?.pop()
    }

    /// Takes the oldest entry of a line.
    pub(super) fn take_any(&mut self) -> Option<T> {
        self.front.pop().or_else(|| self.behind.pop())
    }

    /// Takes note of the time that passes for those that wait, with so many idle workers.
    pub(in crate::server) fn note(&mut self, idle: usize, now: Instant) {
        let without_worker = self.len().saturating_sub(idle);
        for line in [&mut self.front, &mut self.behind] {
            line.note(without_worker, self.timeout.rested, now);
        }
        if self.front.waited_for(PATIENCE, now) > 0 {
            self.needed = Some(now);
        }
    }

    /// How many entries there are in whose favour sessions may be closed: those in front that have waited
    /// for a moment. Where all that wait are one client nobody is treated worse than others, so the turn
    /// holds for its sessions among themselves.
    pub(in crate::server) fn in_need(&self, now: Instant) -> usize {
        if self.front.len() > 0 {
            self.front.waited_for(PATIENCE, now)
        } else if self.behind.is_of_one_client() {
            self.behind.waited_for(PATIENCE, now)
        } else {
            0
        }
    }

    /// When the entry that has waited for longest arrived.
    pub(super) fn oldest(&self) -> Option<Instant> {
        let lines = [&self.front, &self.behind].into_iter();
        lines.filter_map(Line::oldest).min()
    }

    /// The use of the clients of all entries, in seconds.
    pub(in crate::server) fn seconds(&self) -> f32 {
        self.front.seconds() + self.behind.seconds()
    }

    pub(in crate::server) fn len(&self) -> usize {
        self.front.len() + self.behind.len()
    }

    /// Lets nothing more in. What is there can still be taken.
    pub(super) fn close(&mut self) {
        self.front.close();
        self.behind.close();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.front.is_closed()
    }
}
