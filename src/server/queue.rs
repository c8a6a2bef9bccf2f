//! The bounded queue between the acceptor and the workers, and where idle workers wait.
//!
//! ```text
//!   acceptor --try_send--> [ two channels ] --try_recv--> a worker
//!      |                                                     ^
//!      '--calls, where one is needed--> waiting room, last in first out
//! ```
//!
//! The places of the queue are for entries that wait: one for which a worker is idle takes none. So the
//! channel is as long as places and pool together, and nobody is refused while a worker is idle.
//!
//! A channel wakes its waiters in turn, so that with 300 idle workers every session would meet a
//! cold stack. Here idle workers wait in a room of our own, and the policy of that room decides who
//! is called and when: however large the pool, only as many workers run as the load needs.
//!
//! A channel cannot be peeked either. What is known of its entries stands beside it, and one lock keeps both
//! in step; so the age of the oldest entry is known without taking it out, and nothing young ever has to
//! be handed back.

mod arrival;
mod entrance;
mod idle_workers;
mod line;
mod lines;

use std::time::{Duration, Instant};

pub(super) use self::arrival::Arrival;
use self::idle_workers::{IdleWorkers, Staffing};
pub(super) use self::lines::{Lines, PoolState};
use super::clients::{ClientKey, ClientUse};
use crate::server::sync::{Arc, Mutex, MutexGuard, PoisonError, now};
use crate::whatif::QueueTimeout;

pub use self::entrance::Entrance;
pub use self::idle_workers::{Parker, WAKE_DELAY, Wakeup};

/// The queue, as the workers and the reaper have it.
#[derive(Debug)]
pub struct Queue<T> {
    /// Entries that may wait; those for which a worker is idle do not count.
    places: usize,
    room: Mutex<Room<T>>,
}

/// Everything that the queue's lock covers.
#[derive(Debug)]
struct Room<T> {
    lines: Lines<T>,
    /// Entries for which a busy worker is made free.
    claims: usize,
    waiting: IdleWorkers,
    /// The most entries that ever waited.
    high_water: usize,
}

/// What came of an entry that was admitted.
#[derive(Debug, PartialEq, Eq)]
pub struct Admitted<T> {
    /// What the queue needs now.
    pub wakeup: Wakeup,
    /// An entry that had to make room for it.
    pub displaced: Option<T>,
}

/// What a worker takes from the queue.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken<T> {
    /// An entry to be served, taken at this moment.
    InTime(T, Instant),
    /// An entry that has waited for too long and that the reaper has not come to yet.
    Late(T),
}

/// The entries that wait in the queue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wait {
    /// How many there are.
    pub entries: usize,
    /// For how long the first of them has waited.
    pub oldest: Duration,
    /// In favour of how many a session may be closed: no worker is idle for them, and none is made free.
    pub unclaimed: usize,
    /// The use of the pool that their clients make, in seconds.
    pub seconds: f32,
    /// The client of all of them, if it is one that does not wait in front.
    pub only_client: Option<ClientKey>,
    /// How many workers there are.
    pub workers: usize,
}

/// A queue of this many places in front of this many workers, each of which [takes](Queue::take) on a
/// thread and with a [`Parker`] of its own.
pub fn queue<T>(
    places: usize,
    timeout: QueueTimeout,
    workers: usize,
) -> (Entrance<T>, Arc<Queue<T>>) {
    let queue = Arc::new(Queue {
        places,
        room: Mutex::new(Room {
            lines: Lines::of(places.saturating_add(workers), timeout),
            claims: 0,
            waiting: IdleWorkers::of(workers),
            high_water: 0,
        }),
    });
    let entrance = Entrance {
        queue: Arc::clone(&queue),
    };
    (entrance, queue)
}

impl<T> Queue<T> {
    fn admit(&self, entry: T, client: ClientUse, now: Instant) -> Result<Admitted<T>, T> {
        let mut room = self.lock();
        let most = self.places.saturating_add(room.waiting.idle());
        let displaced = room.lines.admit(entry, client, most, now)?;
        room.note(now);
        Ok(Admitted {
            wakeup: call_and_release(room, now),
            displaced,
        })
    }

    /// Takes the head of the queue, waiting for one; `None` once the worker is not needed any more:
    /// because there are [too many](Self::staff), or the queue is closed and empty.
    pub fn take(&self, parker: &Arc<Parker>) -> Option<Taken<T>> {
        self.take_by(parker, now)
    }

    /// The same, by a clock of the caller's.
    fn take_by(&self, parker: &Arc<Parker>, clock: impl Fn() -> Instant) -> Option<Taken<T>> {
        let mut was_called = false;
        loop {
            let now = clock();
            let mut room = self.lock();
            if was_called {
                room.waiting.welcome();
            } else {
                room.waiting.welcome_back(parker, now);
            }
            if room.waiting.retire() {
                // A session may have been ended for this worker to take an entry. That one still needs
                // somebody; should it have been another worker's, one session more gives way.
                room.claims = room.claims.saturating_sub(usize::from(!was_called));
                return None;
            }
            if let Some(entry) = room.take_late(now) {
                return Some(Taken::Late(entry));
            }
            let pool = room.pool();
            if let Some(entry) = room.lines.take(pool, now) {
                room.claims = room.claims.saturating_sub(1);
                room.waiting.begin(parker);
                room.note(now);
                call_and_release(room, now);
                return Some(Taken::InTime(entry, now));
            }
            if room.lines.is_closed() {
                return None;
            }
            room.waiting.enter(Arc::clone(parker));
            drop(room);
            parker.wait();
            was_called = true;
        }
    }

    /// Takes an entry that has waited for too long.
    pub fn withdraw_late(&self, now: Instant) -> Option<T> {
        self.lock().take_late(now)
    }

    /// Takes an entry, however long it has waited.
    pub fn withdraw(&self, now: Instant) -> Option<T> {
        let mut room = self.lock();
        let entry = room.lines.take_any()?;
        room.note(now);
        Some(entry)
    }

    /// Sets how many workers there are to be, and returns how many the caller has to start for that. Those
    /// that are too many retire, the idle ones at once and the others when they have finished.
    pub fn staff(&self, wanted: usize) -> usize {
        let mut room = self.lock();
        room.lines.grow(self.places.saturating_add(wanted));
        let Staffing { missing, called } = room.waiting.staff(wanted);
        drop(room);
        for parker in called {
            parker.wake();
        }
        missing
    }

    /// How many wait: those for which no worker is idle.
    pub fn len(&self) -> usize {
        self.lock().without_worker()
    }

    /// How many may wait.
    pub fn places(&self) -> usize {
        self.places
    }

    /// The most that ever waited.
    pub fn high_water(&self) -> usize {
        self.lock().high_water
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries that wait, unless there are none. To be asked at every tick: the time for which
    /// entries have waited is taken note of.
    pub fn wait(&self, now: Instant) -> Option<Wait> {
        let mut room = self.lock();
        room.note(now);
        let oldest = now.saturating_duration_since(room.lines.oldest()?);
        Some(Wait {
            entries: room.lines.len(),
            oldest,
            unclaimed: room.unclaimed(now),
            seconds: room.lines.seconds(),
            only_client: room.lines.only_client(),
            workers: room.waiting.workers(),
        })
    }

    /// Claims an entry that waits, for somebody who ends a session in its favour; `false` if there is
    /// none, or each has been claimed or has an idle worker. So no more sessions end for the sake of
    /// others than there are others, and none while it is the machine that is late, not the pool that is
    /// too small.
    pub fn claim(&self, now: Instant) -> bool {
        let mut room = self.lock();
        let is_one_left = room.unclaimed(now) > 0;
        room.claims += usize::from(is_one_left);
        is_one_left
    }

    /// Takes back a claim, because no worker is made free for it after all.
    pub fn give_up_claim(&self) {
        let mut room = self.lock();
        room.claims = room.claims.saturating_sub(1);
    }

    /// Calls a worker for the head of the queue if it is time to.
    pub fn attend(&self, now: Instant) -> Wakeup {
        call_and_release(self.lock(), now)
    }

    /// Lets nothing more in, and wakes every worker: those that find the queue empty end.
    fn close(&self) {
        let mut room = self.lock();
        room.lines.close();
        let everyone = room.waiting.call_everyone();
        drop(room);
        for parker in everyone {
            parker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Room<T>> {
        // Nothing panics while this lock is held; a poisoned room is still a whole one.
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Room<T> {
    /// Entries for which no worker is idle.
    fn without_worker(&self) -> usize {
        self.lines.len().saturating_sub(self.waiting.idle())
    }

    fn unclaimed(&self, now: Instant) -> usize {
        let in_need = self.lines.in_need(self.pool(), now);
        in_need.saturating_sub(self.claims)
    }

    fn pool(&self) -> PoolState {
        PoolState {
            workers: self.waiting.workers(),
            idle: self.waiting.idle(),
        }
    }

    /// Takes a late entry out for nobody: the claims stand for those that are left.
    fn take_late(&mut self, now: Instant) -> Option<T> {
        self.note(now);
        let entry = self.lines.take_late(self.pool(), now)?;
        self.note(now);
        Some(entry)
    }

    /// Takes note of how many wait now, and of the time.
    fn note(&mut self, now: Instant) {
        self.lines.note(self.pool(), now);
        self.high_water = self.high_water.max(self.without_worker());
    }
}

/// Calls a worker for the next entry if it is time to, and wakes it once the lock is released.
fn call_and_release<T>(mut room: MutexGuard<'_, Room<T>>, now: Instant) -> Wakeup {
    let pool = room.pool();
    let next = room.lines.next_arrived(pool, now);
    let called = next.and_then(|arrived| room.waiting.call(arrived, now));
    let wakeup = room.waiting.wakeup(room.lines.to_be_taken(pool, now));
    drop(room);
    if let Some(parker) = called {
        parker.wake();
    }
    wakeup
}

#[cfg(all(test, feature = "model"))]
mod model;

#[cfg(all(test, not(feature = "model")))]
mod tests;
