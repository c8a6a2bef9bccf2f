//! The bounded queue between the acceptor and the workers, and where idle workers wait.
//!
//! ```text
//!   acceptor --try_send--> [ channel, Q places ] --try_recv--> a worker
//!      |                                                          ^
//!      '--calls, where one is needed--> waiting room, last in first out
//! ```
//!
//! A channel wakes its waiters in turn, so that with 300 idle workers every session would meet a
//! cold stack. Here idle workers wait in a room of our own, and the policy of that room decides who
//! is called and when: however large the pool, only as many workers run as the load needs.
//!
//! A channel cannot be peeked either. The moments at which its entries arrived stand beside it in a
//! ring, which one lock keeps in step with it; so the age of the oldest entry is known without
//! taking it out, and nothing young ever has to be handed back.

mod entrance;

use std::time::{Duration, Instant};

use super::sync::{
    Arc, AtomicU64, Mutex, MutexGuard, Ordering, PoisonError, Receiver, TryRecvError, bounded, now,
};
use super::waiting_room::{Staffing, WaitingRoom};

pub use self::entrance::Entrance;
pub use super::waiting_room::{Attention, LEAVE, Seat};

/// The workers' and the reaper's end of the queue.
#[derive(Debug)]
pub struct Queue<T> {
    receiver: Receiver<T>,
    /// When the entries in the channel arrived, in nanoseconds since `epoch`: the `n`th entry ever
    /// sent is at `n` modulo the length, which is the channel's capacity.
    arrivals: Box<[AtomicU64]>,
    epoch: Instant,
    /// Whoever receives holds this lock, so that `received` always tells which entry is the head.
    room: Mutex<Room>,
}

#[derive(Debug)]
struct Room {
    /// Entries ever received.
    received: u64,
    /// Entries ever received or claimed by somebody who makes a worker free for them.
    claimed: u64,
    waiting: WaitingRoom,
}

/// Who waits in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// How many for whom no worker is idle, and nobody is making one free yet.
    pub unclaimed: usize,
    /// For how long the first of them has.
    pub oldest: Duration,
}

/// A queue of this many places in front of this many workers, each of which [takes](Queue::take) on a
/// thread and with a [`Seat`] of its own.
pub fn queue<T>(places: usize, workers: usize) -> (Entrance<T>, Arc<Queue<T>>) {
    let (sender, receiver) = bounded(places);
    let queue = Arc::new(Queue {
        receiver,
        arrivals: (0..places).map(|_| AtomicU64::new(0)).collect(),
        epoch: now(),
        room: Mutex::new(Room {
            received: 0,
            claimed: 0,
            waiting: WaitingRoom::of(workers),
        }),
    });
    let entrance = Entrance {
        sender: Some(sender),
        queue: Arc::clone(&queue),
        sent: 0,
    };
    (entrance, queue)
}

impl<T> Queue<T> {
    /// Takes the head of the queue, waiting for one, and says when; `None` once the worker is not
    /// needed any more: because there are [too many](Self::staff), or the queue is closed and empty.
    pub fn take(&self, seat: &Arc<Seat>) -> Option<(T, Instant)> {
        let mut was_called = false;
        loop {
            let now = now();
            let mut room = self.lock();
            if was_called {
                room.waiting.welcome();
            } else {
                room.waiting.welcome_back(now);
            }
            if room.waiting.retire() {
                // A session may have been ended for this worker to take an entry. That one still needs
                // somebody; should it have been another worker's, one session more gives way.
                room.claimed = room.claimed.saturating_sub(u64::from(!was_called));
                return None;
            }
            match self.receiver.try_recv() {
                Ok(entry) => {
                    room.received += 1;
                    let next = self.call_next(&mut room, now);
                    drop(room);
                    wake(next);
                    return Some((entry, now));
                }
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => room.waiting.enter(Arc::clone(seat)),
            }
            drop(room);
            seat.wait();
            was_called = true;
        }
    }

    /// Takes the head of the queue if it arrived longer than `limit` before `now`.
    ///
    /// Only the head: an entry that arrived before the one ahead of it, but was admitted after it,
    /// leaves once that one does. That is at the latest when it has been in the queue itself for `limit`,
    /// for by then whoever stands ahead of it has been so too.
    pub fn take_older(&self, limit: Duration, now: Instant) -> Option<T> {
        let mut room = self.lock();
        let oldest = self.oldest(&room)?;
        if now.saturating_duration_since(oldest) <= limit {
            return None;
        }
        let entry = self.receiver.try_recv().ok()?;
        // Nobody made a worker free for this one; the claims stand for those that are left.
        room.claimed += u64::from(room.claimed > room.received);
        room.received += 1;
        Some(entry)
    }

    /// Sets how many workers there are to be, and returns how many the caller has to start for that. Those
    /// that are too many retire, the idle ones at once and the others when they have finished.
    pub fn staff(&self, wanted: usize) -> usize {
        let Staffing { missing, called } = self.lock().waiting.staff(wanted);
        for seat in called {
            seat.wake();
        }
        missing
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.receiver.len()
    }

    /// How many may wait.
    pub fn places(&self) -> usize {
        self.arrivals.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.receiver.is_empty()
    }

    /// Who waits, unless nobody does.
    pub fn wait(&self, now: Instant) -> Option<Wait> {
        let room = self.lock();
        let oldest = now.saturating_duration_since(self.oldest(&room)?);
        let unclaimed = self.unclaimed(&room);
        Some(Wait { unclaimed, oldest })
    }

    /// Claims an entry that waits, for somebody who ends a session in its favour; `false` if each has
    /// been claimed or has an idle worker. So no more sessions end for the sake of others than there
    /// are others, and none while it is the machine that is late, not the pool that is too small.
    ///
    /// Entries leave in order, so it does not matter which of them the freed worker then takes.
    pub fn claim(&self) -> bool {
        let mut room = self.lock();
        let is_one_left = self.unclaimed(&room) > 0;
        if is_one_left {
            room.claimed = room.claimed.max(room.received) + 1;
        }
        is_one_left
    }

    /// Takes back a claim, because no worker is made free for it after all.
    pub fn give_up_claim(&self) {
        let mut room = self.lock();
        room.claimed = room.claimed.saturating_sub(1);
    }

    fn unclaimed(&self, room: &Room) -> usize {
        let claimed = room.claimed.saturating_sub(room.received);
        let claimed = usize::try_from(claimed).unwrap_or(usize::MAX);
        let provided_for = claimed.saturating_add(room.waiting.idle());
        self.receiver.len().saturating_sub(provided_for)
    }

    /// When the head of the queue arrived.
    fn oldest(&self, room: &Room) -> Option<Instant> {
        if self.receiver.is_empty() {
            return None;
        }
        let nanos = self.place(room.received)?.load(Ordering::Relaxed);
        self.epoch.checked_add(Duration::from_nanos(nanos))
    }

    /// Calls a worker for the head of the queue if it is time to.
    pub fn attend(&self, now: Instant) -> Attention {
        let mut room = self.lock();
        let next = self.call_next(&mut room, now);
        let attention = room.waiting.attention(self.receiver.len());
        drop(room);
        wake(next);
        attention
    }

    fn call_next(&self, room: &mut Room, now: Instant) -> Option<Arc<Seat>> {
        let arrived = self.oldest(room)?;
        room.waiting.call(arrived, now)
    }

    fn moment(&self, instant: Instant) -> u64 {
        let nanos = instant.saturating_duration_since(self.epoch).as_nanos();
        u64::try_from(nanos).unwrap_or(u64::MAX)
    }

    /// The place in the ring of the `nth` entry ever sent.
    fn place(&self, nth: u64) -> Option<&AtomicU64> {
        let index = nth.checked_rem(u64::try_from(self.arrivals.len()).ok()?)?;
        self.arrivals.get(usize::try_from(index).ok()?)
    }

    fn lock(&self) -> MutexGuard<'_, Room> {
        // Nothing panics while this lock is held; a poisoned room is still a whole one.
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes whom a call has taken out of the waiting room, after the lock was released.
fn wake(called: Option<Arc<Seat>>) {
    if let Some(seat) = called {
        seat.wake();
    }
}

#[cfg(all(test, feature = "model"))]
mod model;

#[cfg(all(test, not(feature = "model")))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;
    use std::sync::mpsc;
    use std::thread;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn taken<T>(queue: &Queue<T>) -> Option<T> {
        queue.take(&Seat::of_this_thread()).map(|(entry, _)| entry)
    }

    #[test]
    fn the_entry_past_the_last_place_is_handed_back() {
        let (mut entrance, queue) = queue(2, 1);
        let now = Instant::now();
        assert_eq!(entrance.admit('a', now, now), Ok(Attention::Enough));
        assert_eq!(entrance.admit('b', now, now), Ok(Attention::Enough));
        assert_eq!(entrance.admit('c', now, now), Err('c'));
        assert_eq!(taken(&queue), Some('a'));
        assert_eq!(entrance.admit('d', now, now), Ok(Attention::Enough));
        assert_eq!(taken(&queue), Some('b'));
        assert_eq!(taken(&queue), Some('d'));
    }

    #[test]
    fn a_closed_queue_is_emptied_before_it_ends() {
        let (mut entrance, queue) = queue(2, 1);
        assert_eq!(
            entrance.admit(1, Instant::now(), Instant::now()),
            Ok(Attention::Enough)
        );
        drop(entrance);
        assert_eq!(taken(&queue), Some(1));
        assert_eq!(taken(&queue), None);
    }

    #[test]
    fn as_many_are_claimed_as_wait_and_a_claim_ends_when_an_entry_leaves() {
        let (mut entrance, queue) = queue(3, 1);
        let now = Instant::now();
        assert!(!queue.claim(), "nobody waits");
        for entry in 0..2 {
            assert_eq!(entrance.admit(entry, now, now), Ok(Attention::Enough));
        }
        let unclaimed = || queue.wait(now).map_or(0, |wait| wait.unclaimed);
        assert!(queue.claim() && queue.claim() && !queue.claim());
        assert_eq!(unclaimed(), 0);
        assert_eq!(taken(&queue), Some(0));
        assert!(!queue.claim(), "the other claim still stands");
        assert_eq!(taken(&queue), Some(1));
        assert_eq!(entrance.admit(2, now, now), Ok(Attention::Enough));
        assert_eq!(unclaimed(), 1);
        assert!(queue.claim() && !queue.claim());
    }

    #[test]
    fn who_waits_for_a_worker_that_is_idle_is_nobodys_to_claim() {
        let (mut entrance, queue) = queue(3, 2);
        let now = Instant::now();
        for _ in 0..2 {
            queue.lock().waiting.enter(Seat::of_this_thread());
        }
        for entry in 0..2 {
            // It calls one of the workers, which does not come yet.
            assert!(entrance.admit(entry, now, now).is_ok());
            assert!(!queue.claim(), "{entry} has a worker");
        }
        assert!(entrance.admit(2, now, now).is_ok());
        assert!(queue.claim() && !queue.claim(), "only the third has none");
    }

    #[test]
    fn an_entry_can_be_claimed_again_when_the_worker_that_was_made_free_for_it_retires() {
        let (mut entrance, queue) = queue(1, 2);
        let now = Instant::now();
        assert!(entrance.admit('a', now, now).is_ok());
        assert!(queue.claim() && !queue.claim());
        assert_eq!(queue.staff(1), 0);
        assert_eq!(taken(&queue), None, "it is one too many");
        assert!(queue.claim() && !queue.claim());
        assert_eq!(taken(&queue), Some('a'));
    }

    #[test]
    fn every_waiting_worker_learns_that_the_queue_was_closed() {
        let (entrance, queue) = queue::<()>(1, 8);
        let workers: Vec<_> = (0..8)
            .map(|_| {
                let queue = Arc::clone(&queue);
                thread::spawn(move || taken(&queue))
            })
            .collect();
        drop(entrance);
        for worker in workers {
            assert_eq!(worker.join().unwrap(), None);
        }
    }

    #[test]
    fn every_entry_reaches_exactly_one_of_many_workers() {
        const ENTRIES: u32 = 20_000;
        let (mut entrance, queue) = queue(4, 16);
        let (taken, all) = mpsc::channel();
        for _ in 0..16 {
            let (queue, taken) = (Arc::clone(&queue), taken.clone());
            thread::spawn(move || {
                let seat = Seat::of_this_thread();
                while let Some((entry, _)) = queue.take(&seat) {
                    taken.send(entry).unwrap();
                }
            });
        }
        drop(taken);
        for entry in 0..ENTRIES {
            let mut handed_back = Some(entry);
            while let Some(entry) = handed_back {
                handed_back = entrance.admit(entry, Instant::now(), Instant::now()).err();
                thread::yield_now();
            }
            // Nobody else sees to what is left to itself here.
            while entrance.attend(Instant::now()) == Attention::Soon {
                thread::yield_now();
            }
        }
        drop(entrance);
        let mut seen = Vec::new();
        while let Ok(entry) = all.recv_timeout(PATIENCE) {
            seen.push(entry);
        }
        seen.sort_unstable();
        assert!(seen.into_iter().eq(0..ENTRIES));
    }

    #[derive(Debug, Clone)]
    enum Step {
        Admit,
        Take,
        Expire,
        Pass(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => Just(Step::Admit),
            1 => Just(Step::Take),
            2 => Just(Step::Expire),
            2 => (1..10_u64).prop_map(Step::Pass),
        ]
    }

    proptest! {
        /// However long each had been waiting elsewhere before it was admitted.
        #[test]
        fn nobody_is_in_the_queue_for_longer_than_the_limit_whoever_stands_ahead(
            comers in proptest::collection::vec((0..20_u64, 0..5_u64), 0..50)
        ) {
            const LIMIT: Duration = Duration::from_millis(7);
            let (mut entrance, queue) = queue(50, 1);
            let mut now = Instant::now() + Duration::from_secs(1);
            let mut inside = VecDeque::new();
            for (waited, pass) in comers {
                let arrived = now.checked_sub(Duration::from_millis(waited)).unwrap();
                prop_assert!(entrance.admit(now, arrived, now).is_ok());
                inside.push_back(now);
                now += Duration::from_millis(pass);
                while let Some(entry) = queue.take_older(LIMIT, now) {
                    prop_assert_eq!(Some(entry), inside.pop_front());
                }
                let oldest = inside.front().map(|admitted| now.duration_since(*admitted));
                prop_assert!(oldest <= Some(LIMIT), "{oldest:?}");
            }
        }

        /// Against a list of moments: entries leave in order, and only those over the limit expire.
        #[test]
        fn only_what_is_older_than_the_limit_expires_and_in_order(
            places in 1_usize..6, steps in proptest::collection::vec(step(), 0..200)
        ) {
            const LIMIT: Duration = Duration::from_millis(7);
            let (mut entrance, queue) = queue(places, 1);
            let mut now = Instant::now();
            let mut model: VecDeque<(usize, Instant)> = VecDeque::new();
            for (nth, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Pass(millis) => now += Duration::from_millis(millis),
                    Step::Admit => {
                        let fits = model.len() < places;
                        prop_assert_eq!(entrance.admit(nth, now, now).is_ok(), fits);
                        if fits {
                            model.push_back((nth, now));
                        }
                    }
                    Step::Take if model.is_empty() => {}
                    Step::Take => {
                        prop_assert_eq!(taken(&queue), model.pop_front().map(|(nth, _)| nth));
                    }
                    Step::Expire => {
                        let old = |(_, at): &mut (usize, Instant)| now.duration_since(*at) > LIMIT;
                        let expected = model.pop_front_if(old).map(|(nth, _)| nth);
                        prop_assert_eq!(queue.take_older(LIMIT, now), expected);
                    }
                }
            }
        }
    }
}
