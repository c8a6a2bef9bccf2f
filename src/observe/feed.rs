//! The feed of session records for the what-if.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

/// The record of one session, or of one that was refused for lack of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionRecord {
    /// When the session arrived.
    pub arrived: Instant,
    /// Whether it was served or refused.
    pub course: Course,
}

/// Whether a session was served or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// A worker served the session.
    Served {
        /// The worker's number, from 1.
        worker: usize,
        /// The session's number among that worker's sessions.
        number: u64,
        /// How long the session waited.
        waited: Duration,
        /// How long the session lasted after the wait.
        lasted: Duration,
    },
    /// The session was refused: the queue was full, or no worker took it in time.
    Refused,
}

/// The most unread records: enough for more than a second at 20 000 sessions a second.
const PASSAGES: usize = 32_768;

/// The sending end of the feed. It never waits: if the reader is too slow, records are lost and counted.
#[derive(Debug, Clone)]
pub struct RecordSender {
    sender: Sender<SessionRecord>,
    lost: Arc<AtomicU64>,
}

/// The reading end of the feed.
#[derive(Debug)]
pub struct Passages {
    receiver: Receiver<SessionRecord>,
    lost: Arc<AtomicU64>,
}

/// Creates both ends of a feed.
pub fn feed() -> (RecordSender, Passages) {
    let (sender, receiver) = bounded(PASSAGES);
    let lost = Arc::default();
    let feed = RecordSender {
        sender,
        lost: Arc::clone(&lost),
    };
    (feed, Passages { receiver, lost })
}

impl RecordSender {
    /// Sends a record.
    pub fn tell(&self, record: SessionRecord) {
        if self.sender.try_send(record).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Passages {
    /// The unread records, in the order in which they ended.
    pub fn read(&self) -> impl Iterator<Item = SessionRecord> {
        // The limit makes the iteration end even if new records keep arriving.
        self.receiver.try_iter().take(PASSAGES)
    }

    /// The number of lost records.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_read_never_waits_and_what_is_lost_is_counted() {
        let (feed, records) = feed();
        let record = SessionRecord {
            arrived: Instant::now(),
            course: Course::Refused,
        };
        for _ in 0..PASSAGES + 3 {
            feed.tell(record);
        }
        assert_eq!(records.read().count(), PASSAGES);
        assert_eq!(records.lost(), 3);
        assert_eq!(records.read().count(), 0);
        drop(records);
        feed.tell(record);
    }
}
