//! What is told of each session to whoever wants to know how the pool would have fared otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

/// How one session, or one that was not admitted for want of a worker, went through the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionRecord {
    /// When it came.
    pub arrived: Instant,
    /// How it went on.
    pub course: Course,
}

/// How a session went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// A worker served it.
    Served {
        /// The worker, counted from one.
        worker: usize,
        /// Which of that worker's sessions it was.
        number: u64,
        /// How long it waited.
        waited: Duration,
        /// How long it then lasted.
        lasted: Duration,
    },
    /// It was refused: the queue was full, or nobody came for it in time.
    Refused,
}

/// Passages that may wait to be read. At 20 000 sessions a second it lasts for more than a second.
const PASSAGES: usize = 32_768;

/// The end that is told. It never waits: when whoever reads is too slow, records are lost, and counted.
#[derive(Debug, Clone)]
pub struct RecordSender {
    sender: Sender<SessionRecord>,
    lost: Arc<AtomicU64>,
}

/// The end that is read.
#[derive(Debug)]
pub struct Passages {
    receiver: Receiver<SessionRecord>,
    lost: Arc<AtomicU64>,
}

/// A feed, and where it leads to.
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
    /// Tells of a record.
    pub fn tell(&self, record: SessionRecord) {
        if self.sender.try_send(record).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Passages {
    /// Those that have been told and not been read yet, in the order in which they ended.
    pub fn read(&self) -> impl Iterator<Item = SessionRecord> {
        // At most as many as there may be, so that this ends however fast they come.
        self.receiver.try_iter().take(PASSAGES)
    }

    /// How many were lost.
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
