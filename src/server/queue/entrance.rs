//! The acceptor's end of the queue.

use std::time::Instant;

use super::{Attention, Queue};
use crate::server::sync::{Arc, Ordering, Sender, TrySendError};

/// The acceptor's end of the queue; dropping it closes the queue.
#[derive(Debug)]
pub struct Entrance<T> {
    /// The only sender there is. The workers hold the other end.
    pub(super) sender: Option<Sender<T>>,
    pub(super) queue: Arc<Queue<T>>,
    /// Entries ever sent: where in the ring the next moment of arrival goes.
    pub(super) sent: u64,
}

impl<T> Entrance<T> {
    /// Puts an entry at the end of the queue and sees to it that a worker comes for it, at once or, if
    /// the caller attends to it as it is told, soon.
    ///
    /// # Errors
    ///
    /// Hands the entry back if every place is taken.
    pub fn admit(&mut self, entry: T, arrived: Instant, now: Instant) -> Result<Attention, T> {
        let Some(sender) = self.sender.as_ref().filter(|sender| !sender.is_full()) else {
            return Err(entry);
        };
        // The channel has room, so the entry that last used this place has been received; and it is
        // written before the entry is sent, so whoever sees the entry sees its moment.
        if let Some(place) = self.queue.place(self.sent) {
            place.store(self.queue.moment(arrived), Ordering::Relaxed);
        }
        match sender.try_send(entry) {
            Ok(()) => {
                self.sent += 1;
                Ok(self.queue.attend(now))
            }
            Err(TrySendError::Full(entry) | TrySendError::Disconnected(entry)) => Err(entry),
        }
    }

    /// Sees again to what was left to itself; asked for by [`Attention::Soon`].
    pub fn attend(&self, now: Instant) -> Attention {
        self.queue.attend(now)
    }
}

impl<T> Drop for Entrance<T> {
    fn drop(&mut self) {
        // The sender first: a worker that looks at the channel from now on finds it closed, and one
        // that looked before is in the waiting room by the time the lock is ours.
        self.sender = None;
        let everyone = self.queue.lock().waiting.call_everyone();
        for seat in everyone {
            seat.wake();
        }
    }
}
