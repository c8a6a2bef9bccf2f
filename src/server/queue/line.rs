//! Entries in the order in which they arrived, and when each of them did.

use std::collections::VecDeque;
use std::time::Instant;

use crate::server::sync::{Receiver, Sender, TrySendError, bounded};

/// A bounded channel, and beside it the moments at which its entries arrived: a channel cannot be
/// peeked. The queue's lock covers both, so that they are in step.
#[derive(Debug)]
pub(super) struct Line<T> {
    /// The only sender there is; none once the line is closed.
    sender: Option<Sender<T>>,
    receiver: Receiver<T>,
    arrivals: VecDeque<Instant>,
    capacity: usize,
}

impl<T> Line<T> {
    /// A line for this many entries.
    pub(super) fn of(capacity: usize) -> Self {
        let (sender, receiver) = bounded(capacity);
        Self {
            sender: Some(sender),
            receiver,
            arrivals: VecDeque::new(),
            capacity,
        }
    }

    /// Makes room for this many entries, if there is less. Those in the line stay in their order.
    pub(super) fn grow(&mut self, capacity: usize) {
        if self.capacity >= capacity || self.is_closed() {
            return;
        }
        let grown = Self::of(capacity);
        if let Some(sender) = &grown.sender {
            while let Ok(entry) = self.receiver.try_recv() {
                // It is longer than what it replaces, and nobody else sends.
                let _ = sender.try_send(entry);
            }
        }
        *self = Self {
            arrivals: std::mem::take(&mut self.arrivals),
            ..grown
        };
    }

    /// Puts an entry at the end.
    ///
    /// # Errors
    ///
    /// Hands the entry back if the line is full or closed.
    pub(super) fn push(&mut self, entry: T, now: Instant) -> Result<(), T> {
        let Some(sender) = &self.sender else {
            return Err(entry);
        };
        match sender.try_send(entry) {
            Ok(()) => {
                self.arrivals.push_back(now);
                Ok(())
            }
            Err(TrySendError::Full(entry) | TrySendError::Disconnected(entry)) => Err(entry),
        }
    }

    /// Takes the head.
    pub(super) fn pop(&mut self) -> Option<T> {
        let entry = self.receiver.try_recv().ok()?;
        self.arrivals.pop_front();
        Some(entry)
    }

    /// When the head arrived.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.arrivals.front().copied()
    }

    pub(super) fn len(&self) -> usize {
        self.arrivals.len()
    }

    /// Lets nothing more in. What is in the line can still be taken.
    pub(super) fn close(&mut self) {
        self.sender = None;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_none()
    }
}
