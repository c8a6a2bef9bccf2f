//! The bounded queue between the acceptor and the workers, and the set of idle workers.
//!
//! ```text
//!   acceptor --try_send--> [ 4 channels   ] --try_recv--> a worker
//!      |                                                     ^
//!      '--wakes one, if needed--> idle workers, last in first out
//! ```
//!
//! Only waiting entries count against the queue's places, not entries for which a worker is idle. So each
//! channel holds places plus workers, and no client is refused while a worker is idle.
//!
//! A channel wakes its waiters in turn, so with 300 idle workers every session would run on a cold stack.
//! Here the queue keeps its own list of idle workers, and decides which one to wake and when. However large
//! the pool, only as many workers run as the load needs.
//!
//! A channel cannot be peeked. Metadata of its entries is kept beside it, and one lock keeps both
//! consistent. So the age of the oldest entry is known without taking it out, and no young entry has to be
//! put back.

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

/// The queue, as workers and reaper use it.
#[derive(Debug)]
pub struct Queue<T> {
    /// The entries that may wait; entries with an idle worker do not count.
    places: usize,
    room: Mutex<Room<T>>,
}

/// The state under the queue's lock.
#[derive(Debug)]
struct Room<T> {
    lines: Lines<T>,
    /// The number of entries for which a busy worker is being freed.
    claims: usize,
    waiting: IdleWorkers,
    /// The most entries that ever waited.
    high_water: usize,
}

/// The result of admitting an entry.
#[derive(Debug, PartialEq, Eq)]
pub struct Admitted<T> {
    /// The wakeup that the queue needs next.
    pub wakeup: Wakeup,
    /// An entry that was removed in favour of the new one.
    pub displaced: Option<T>,
}

/// An entry that a worker takes from the queue.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken<T> {
    /// An entry to be served, taken at this moment.
    InTime(T, Instant),
    /// An entry that has waited too long, before the reaper removed it.
    Late(T),
}

/// The entries that wait in the queue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wait {
    /// The number of waiting entries.
    pub entries: usize,
    /// The wait of the oldest entry.
    pub oldest: Duration,
    /// The entries that a session may be closed for: no worker is idle for them, and none is being freed.
    pub unclaimed: usize,
    /// The clients' use of the pool, in seconds.
    pub seconds: f32,
    /// The client of all entries, if they share one and it does not wait in front.
    pub only_client: Option<ClientKey>,
    /// The number of workers.
    pub workers: usize,
}

/// A queue with this many places for this many workers. Each worker [takes](Queue::take) on its own thread
/// with its own [`Parker`].
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

    /// Takes the head of the queue, and waits for one if necessary. `None` once the worker is
    /// [surplus](Self::staff), or the queue is closed and empty.
    pub fn take(&self, parker: &Arc<Parker>) -> Option<Taken<T>> {
        self.take_by(parker, now)
    }

    /// Takes like [`take`](Self::take), with a given clock.
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
                // A session may have been ended to free this worker for an entry. That entry still needs a
                // worker. If the claim was meant for another worker, one more session is reclaimed.
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

    /// Takes an entry that has waited too long.
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

    /// Sets the wanted number of workers, and returns how many the caller has to start. Surplus workers
    /// retire: idle ones at once, the others after their session.
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

    /// The number of waiting entries: those without an idle worker.
    pub fn len(&self) -> usize {
        self.lock().without_worker()
    }

    /// The most entries that may wait.
    pub fn places(&self) -> usize {
        self.places
    }

    /// The most entries that ever waited.
    pub fn high_water(&self) -> usize {
        self.lock().high_water
    }

    /// Whether no entry waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The waiting entries, if there are any. To be called at every tick, because it also tracks how long
    /// entries have waited.
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

    /// Claims a waiting entry for a session that is about to be closed in its favour. `false` if there is
    /// none, or each is claimed or has an idle worker. So no more sessions are closed than clients wait.
    /// None is closed if the machine is slow rather than the pool too small.
    pub fn claim(&self, now: Instant) -> bool {
        let mut room = self.lock();
        let is_one_left = room.unclaimed(now) > 0;
        room.claims += usize::from(is_one_left);
        is_one_left
    }

    /// Returns a claim, because no worker is freed for it after all.
    pub fn give_up_claim(&self) {
        let mut room = self.lock();
        room.claims = room.claims.saturating_sub(1);
    }

    /// Wakes a worker for the head of the queue, if it is time.
    pub fn attend(&self, now: Instant) -> Wakeup {
        call_and_release(self.lock(), now)
    }

    /// Admits no more entries, and wakes every worker; those that find the queue empty end.
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
        // No code panics while it holds this lock, so poisoned state is still valid.
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Room<T> {
    /// The number of entries without an idle worker.
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

    /// Takes a late entry without a worker. The claims remain for the other entries.
    fn take_late(&mut self, now: Instant) -> Option<T> {
        self.note(now);
        let entry = self.lines.take_late(self.pool(), now)?;
        self.note(now);
        Some(entry)
    }

    /// Updates the waiting times and the high-water mark.
    fn note(&mut self, now: Instant) {
        self.lines.note(self.pool(), now);
        self.high_water = self.high_water.max(self.without_worker());
    }
}

/// Wakes a worker for the next entry if it is time, after releasing the lock.
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
