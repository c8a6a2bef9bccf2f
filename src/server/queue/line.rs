//! One line of the queue: its entries in order of arrival, with metadata of each.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::server::clients::{ClientKey, ClientUse};
use crate::server::sync::{Receiver, Sender, TrySendError, bounded};
use crate::whatif::QueueTimeout;

/// A bounded channel with the metadata of its entries beside it, because a channel cannot be peeked. The
/// queue's lock covers both and keeps them consistent.
#[derive(Debug)]
pub(super) struct Line<T> {
    /// The only sender; `None` once the line is closed.
    sender: Option<Sender<T>>,
    receiver: Receiver<T>,
    waiting: VecDeque<Waiting>,
    capacity: usize,
    /// The use of all entries' clients, in microseconds.
    micros: u64,
    /// The time since which entries have waited, apart from short breaks.
    held_since: Option<Instant>,
    /// The time since which no entry has waited.
    empty_since: Option<Instant>,
}

/// The metadata of one entry.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    arrived: Instant,
    client: ClientUse,
}

impl<T> Line<T> {
    /// A line with this capacity.
    pub(super) fn of(capacity: usize) -> Self {
        let (sender, receiver) = bounded(capacity);
        Self {
            sender: Some(sender),
            receiver,
            waiting: VecDeque::new(),
            capacity,
            micros: 0,
            held_since: None,
            empty_since: None,
        }
    }

    /// Raises the capacity to this many entries, if it is lower. The entries keep their order.
    pub(super) fn grow(&mut self, capacity: usize) {
        if self.capacity >= capacity || self.is_closed() {
            return;
        }
        let (sender, receiver) = bounded(capacity);
        while let Ok(entry) = self.receiver.try_recv() {
            // This cannot fail: the new channel is longer, and has no other sender.
            let _ = sender.try_send(entry);
        }
        self.sender = Some(sender);
        self.receiver = receiver;
        self.capacity = capacity;
    }

    /// Appends an entry.
    ///
    /// # Errors
    ///
    /// Returns the entry if the line is full or closed.
    pub(super) fn push(&mut self, entry: T, client: ClientUse, now: Instant) -> Result<(), T> {
        let Some(sender) = &self.sender else {
            return Err(entry);
        };
        match sender.try_send(entry) {
            Ok(()) => {
                self.micros = self.micros.saturating_add(client.micros());
                self.waiting.push_back(Waiting {
                    arrived: now,
                    client,
                });
                Ok(())
            }
            Err(TrySendError::Full(entry) | TrySendError::Disconnected(entry)) => Err(entry),
        }
    }

    /// Takes the head.
    pub(super) fn pop(&mut self) -> Option<T> {
        let entry = self.receiver.try_recv().ok()?;
        if let Some(head) = self.waiting.pop_front() {
            self.micros = self.micros.saturating_sub(head.client.micros());
        }
        Some(entry)
    }

    /// The arrival of the head.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.waiting.front().map(|head| head.arrived)
    }

    /// Whether the head has waited too long.
    pub(super) fn is_late(&self, timeout: QueueTimeout, now: Instant) -> bool {
        let Some(arrived) = self.oldest() else {
            return false;
        };
        let held = self.held_since.map_or(Duration::ZERO, |since| {
            arrived.saturating_duration_since(since)
        });
        let waited = now.saturating_duration_since(arrived);
        let limit = timeout.busy_limit(held).or(timeout.normal);
        limit.is_some_and(|limit| waited > limit)
    }

    /// Whether entries have been waiting here, apart from short breaks.
    pub(super) fn has_been_waited_in(&self) -> bool {
        self.held_since.is_some()
    }

    /// The number of entries that have waited at least this long.
    pub(super) fn waited_for(&self, time: Duration, now: Instant) -> usize {
        let waited = |it: &Waiting| now.saturating_duration_since(it.arrived) >= time;
        self.waiting.partition_point(waited)
    }

    /// The clients of the entries.
    pub(super) fn clients(&self) -> impl Iterator<Item = ClientKey> {
        self.waiting.iter().map(|it| it.client.client)
    }

    /// The use of all entries' clients, in seconds.
    #[expect(clippy::cast_precision_loss, reason = "for a mean")]
    pub(super) fn seconds(&self) -> f32 {
        self.micros as f32 / 1e6
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Updates the times for which entries have waited; `without_worker` entries have no idle worker.
    pub(super) fn note(&mut self, without_worker: usize, rested: Duration, now: Instant) {
        let empty_for = |since| now.saturating_duration_since(since);
        if self
            .empty_since
            .is_some_and(|since| empty_for(since) >= rested)
        {
            self.held_since = None;
        }
        if without_worker > 0 && !self.waiting.is_empty() {
            self.empty_since = None;
            self.held_since.get_or_insert(now);
        } else {
            self.empty_since.get_or_insert(now);
        }
    }

    /// Admits no more entries. Present entries can still be taken.
    pub(super) fn close(&mut self) {
        self.sender = None;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_none()
    }
}
