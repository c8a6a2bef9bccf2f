//! Where idle workers wait, and whom to call: the last to come first.

use super::sync::{Arc, AtomicBool, Ordering, Thread, current, park};

/// A worker's place in the waiting room, and the means to wake it.
#[derive(Debug)]
pub(super) struct Seat {
    worker: Thread,
    /// Set by whoever calls the worker, cleared by the worker when it comes.
    called: AtomicBool,
}

impl Seat {
    pub(super) fn of_this_thread() -> Arc<Self> {
        Arc::new(Self {
            worker: current(),
            called: AtomicBool::new(false),
        })
    }

    /// Sleeps until called. Only the worker whose seat it is may wait on it.
    pub(super) fn wait(&self) {
        // Parking may end for no reason; being called ends this loop, and closing calls everyone.
        while !self.called.swap(false, Ordering::Acquire) {
            park();
        }
    }

    /// Wakes the worker. Only for a seat that a call took out of the room.
    pub(super) fn wake(&self) {
        self.called.store(true, Ordering::Release);
        self.worker.unpark();
    }
}

/// The idle workers, kept under the queue's lock.
///
/// Between two uses of the lock it holds: while anybody is seated, there are no more entries in the
/// queue than workers on their way. Every entry thus has a worker coming for it, or is taken by one
/// that did not need to be called; no entry is left behind.
#[derive(Debug, Default)]
pub(super) struct WaitingRoom {
    seated: Vec<Arc<Seat>>,
    /// Workers that were called and have not come back for the lock yet.
    on_their_way: usize,
}

impl WaitingRoom {
    /// Seats a worker that found the queue empty.
    pub(super) fn enter(&mut self, seat: Arc<Seat>) {
        self.seated.push(seat);
    }

    /// Takes note that a called worker has come.
    pub(super) fn welcome(&mut self) {
        self.on_their_way = self.on_their_way.saturating_sub(1);
    }

    /// The worker to wake so that each of `entries` in the queue has one coming for it.
    pub(super) fn call_one(&mut self, entries: usize) -> Option<Arc<Seat>> {
        if entries <= self.on_their_way {
            return None;
        }
        let seat = self.seated.pop()?;
        self.on_their_way += 1;
        Some(seat)
    }

    /// Every seated worker, to be woken because nothing more will come.
    pub(super) fn call_everyone(&mut self) -> Vec<Arc<Seat>> {
        self.on_their_way += self.seated.len();
        std::mem::take(&mut self.seated)
    }
}
