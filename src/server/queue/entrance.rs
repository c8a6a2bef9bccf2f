//! The acceptor's end of the queue.

use std::time::Instant;

use super::{Admitted, Queue, Wakeup};
use crate::server::clients::ClientUse;
use crate::server::sync::Arc;

/// The acceptor's end of the queue, of which there is one; dropping it closes the queue.
#[derive(Debug)]
pub struct Entrance<T> {
    pub(super) queue: Arc<Queue<T>>,
}

impl<T> Entrance<T> {
    /// Puts an entry of a client that arrives now at the end of its line and wakes a worker for it: at once or, if
    /// the caller attends to it as it is told, soon.
    ///
    /// # Errors
    ///
    /// Hands the entry back if no worker is idle for it and every place is taken.
    pub fn admit(&mut self, entry: T, client: ClientUse, now: Instant) -> Result<Admitted<T>, T> {
        self.queue.admit(entry, client, now)
    }

    /// Sees again to what was left to itself; asked for by [`Wakeup::Soon`].
    pub fn attend(&self, now: Instant) -> Wakeup {
        self.queue.attend(now)
    }
}

impl<T> Drop for Entrance<T> {
    fn drop(&mut self) {
        self.queue.close();
    }
}
