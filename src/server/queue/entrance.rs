//! The acceptor's end of the queue, through which entries are admitted.

use std::time::Instant;

use super::{Admitted, Queue, Wakeup};
use crate::server::clients::ClientUse;
use crate::server::sync::Arc;

/// The acceptor's only end of the queue; dropping it closes the queue.
#[derive(Debug)]
pub struct Entrance<T> {
    pub(super) queue: Arc<Queue<T>>,
}

impl<T> Entrance<T> {
    /// Appends an entry to its client's line and wakes a worker for it. The wakeup may come a little later,
    /// if the caller attends as the result says.
    ///
    /// # Errors
    ///
    /// Returns the entry if no worker is idle for it and every place is taken.
    pub fn admit(&mut self, entry: T, client: ClientUse, now: Instant) -> Result<Admitted<T>, T> {
        self.queue.admit(entry, client, now)
    }

    /// Checks again the entries for which no worker was woken; called after [`Wakeup::Soon`].
    pub fn attend(&self, now: Instant) -> Wakeup {
        self.queue.attend(now)
    }
}

impl<T> Drop for Entrance<T> {
    fn drop(&mut self) {
        self.queue.close();
    }
}
