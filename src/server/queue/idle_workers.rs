//! The list of idle workers, and the policy of waking them: latest first, none while enough are active.

use std::time::{Duration, Instant};

use crate::server::sync::{Arc, AtomicBool, Ordering, Thread, current, park};

/// The handle to an idle worker's thread, through which it is woken.
#[derive(Debug)]
pub struct Parker {
    worker: Thread,
    /// Set by the thread that calls the worker, cleared by the worker when it comes.
    called: AtomicBool,
    /// Whether the worker has taken an entry and not yet asked for the next. Written under the queue's
    /// lock.
    is_busy: AtomicBool,
}

impl Parker {
    /// A parker for the worker on this thread; no other thread may wait on it.
    pub fn of_this_thread() -> Arc<Self> {
        Arc::new(Self {
            worker: current(),
            called: AtomicBool::new(false),
            is_busy: AtomicBool::new(false),
        })
    }

    /// Sleeps until called. Only the parker's own worker may wait on it.
    pub(crate) fn wait(&self) {
        // Parking may end spuriously, hence the loop. A call ends it, and closing the queue calls all
        // workers.
        while !self.called.swap(false, Ordering::Acquire) {
            park();
        }
    }

    /// Wakes the worker. Only for a parker that a call has removed from the list.
    pub(crate) fn wake(&self) {
        self.called.store(true, Ordering::Release);
        self.worker.unpark();
    }
}

/// The number of active workers from which another one is called only for an entry that has waited.
///
/// Waking a sleeping worker costs about a third of a short session, but a finishing worker takes the next
/// entry for nothing. Measured with 256 workers and 64 clients, in CPU a session against an event loop: 1.36
/// when every entry calls a worker, 1.04 with this number. A pool of 16 workers also costs 1.04.
#[cfg(not(all(test, feature = "model")))]
pub(crate) const FEW: usize = 8;

/// So few that in a model with three workers entries are left to the active ones.
#[cfg(all(test, feature = "model"))]
pub(crate) const FEW: usize = 2;

/// The time for which an entry is left to a finishing worker. This applies if enough are active and one
/// finished within an equal time before. Clients of one event loop come in bursts, and this bridges the gap
/// between two bursts.
pub const WAKE_DELAY: Duration = Duration::from_millis(2);

/// The follow-up that an admitted entry needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wakeup {
    /// None: a worker is on its way, or all are busy and the first to finish takes the entry.
    Enough,
    /// A check after [`WAKE_DELAY`], because the entry was left to a finishing worker.
    Soon,
}

/// The steps that reach the wanted number of workers.
#[derive(Debug)]
pub(crate) struct Staffing {
    /// The number of workers to start.
    pub(crate) missing: usize,
    /// The workers to wake so that they retire.
    pub(crate) called: Vec<Arc<Parker>>,
}

/// The idle workers, kept under the queue's lock.
///
/// Invariant outside the lock, if a worker is idle and the queue is not empty: a called worker is coming, or
/// the head was left to a finishing worker. Such a head is checked again: by the acceptor after
/// [`WAKE_DELAY`], and at the latest by the reaper in its round. So no entry is forgotten.
#[derive(Debug)]
pub(crate) struct IdleWorkers {
    seated: Vec<Arc<Parker>>,
    /// Workers that have not retired, idle or not.
    workers: usize,
    /// The number of surplus workers: the next to take the lock retire.
    surplus: usize,
    /// Workers that were called and have not yet taken the lock.
    on_their_way: usize,
    /// Workers that have taken an entry and not yet asked for the next.
    busy: usize,
    /// The last time a worker came without a call, because it had finished a session.
    finished: Option<Instant>,
}

impl IdleWorkers {
    /// An empty list for this many workers, none of which has come yet.
    pub(crate) fn of(workers: usize) -> Self {
        Self {
            seated: Vec::with_capacity(workers),
            workers,
            surplus: 0,
            on_their_way: 0,
            busy: 0,
            finished: None,
        }
    }

    /// Adds a worker that found the queue empty.
    pub(crate) fn enter(&mut self, parker: Arc<Parker>) {
        self.seated.push(parker);
    }

    /// Records that a called worker has come.
    pub(crate) fn welcome(&mut self) {
        self.on_their_way = self.on_their_way.saturating_sub(1);
    }

    /// Records that a worker has come without a call: it has finished a session, or has just started.
    pub(crate) fn welcome_back(&mut self, parker: &Parker, now: Instant) {
        self.finished = Some(now);
        if parker.is_busy.swap(false, Ordering::Relaxed) {
            self.busy = self.busy.saturating_sub(1);
        }
    }

    /// Records that a worker has taken an entry.
    pub(crate) fn begin(&mut self, parker: &Parker) {
        parker.is_busy.store(true, Ordering::Relaxed);
        self.busy += 1;
    }

    /// The worker to wake, if it is time to wake one for a head of the queue that came at `arrived`. It is
    /// the latest in the list, because its memory is the warmest.
    pub(crate) fn call(&mut self, arrived: Instant, now: Instant) -> Option<Arc<Parker>> {
        if self.on_their_way > 0 || self.leaves_it(arrived, now) {
            return None;
        }
        let parker = self.seated.pop()?;
        self.on_their_way += 1;
        Some(parker)
    }

    /// Whether the head of the queue is left to a finishing worker.
    fn leaves_it(&self, arrived: Instant, now: Instant) -> bool {
        let active = self.workers.saturating_sub(self.seated.len());
        let recent = |moment| now.saturating_duration_since(moment) < WAKE_DELAY;
        active >= FEW && recent(arrived) && self.finished.is_some_and(recent)
    }

    /// The follow-up for this many entries. Each worker on its way takes one of them, and may leave the
    /// next.
    pub(crate) fn wakeup(&self, entries: usize) -> Wakeup {
        if entries <= self.on_their_way || self.seated.is_empty() {
            Wakeup::Enough
        } else {
            Wakeup::Soon
        }
    }

    /// Sets the wanted number of workers. Returns how many are missing, and counts them as existing. Of
    /// surplus workers it calls the longest idle ones, to be woken; the next workers to come
    /// [retire](Self::retire).
    ///
    /// A worker that was called for an entry may be the one to retire. Then one of the workers called here
    /// takes the entry instead. If none was idle, a busy worker takes it.
    pub(crate) fn staff(&mut self, wanted: usize) -> Staffing {
        let missing = wanted.saturating_sub(self.workers);
        self.workers += missing;
        self.surplus = self.workers.saturating_sub(wanted);
        let called: Vec<_> = (self.seated)
            .drain(..self.surplus.min(self.seated.len()))
            .collect();
        self.on_their_way += called.len();
        Staffing { missing, called }
    }

    /// Whether the worker that has come is surplus and retires.
    pub(crate) fn retire(&mut self) -> bool {
        let retires = self.surplus > 0;
        if retires {
            self.surplus -= 1;
            self.workers = self.workers.saturating_sub(1);
        }
        retires
    }

    /// The wanted number of workers.
    pub(crate) fn workers(&self) -> usize {
        self.workers.saturating_sub(self.surplus)
    }

    /// Workers without a session that do not retire: idle, on their way, or not started yet.
    pub(crate) fn idle(&self) -> usize {
        self.workers.saturating_sub(self.busy + self.surplus)
    }

    /// All idle workers, to be woken because no more entries will come.
    pub(crate) fn call_everyone(&mut self) -> Vec<Arc<Parker>> {
        self.on_their_way += self.seated.len();
        std::mem::take(&mut self.seated)
    }
}

#[cfg(all(test, not(feature = "model")))]
mod tests {
    use super::*;

    fn room(workers: usize, seated: usize) -> IdleWorkers {
        let mut room = IdleWorkers::of(workers);
        for _ in 0..seated {
            room.enter(Parker::of_this_thread());
        }
        room
    }

    #[test]
    fn the_last_to_come_is_the_first_to_be_called() {
        let mut room = room(3, 2);
        let last = Parker::of_this_thread();
        room.enter(Arc::clone(&last));
        let now = Instant::now();
        assert!(Arc::ptr_eq(&room.call(now, now).unwrap(), &last));
    }

    #[test]
    fn while_few_are_active_an_entry_calls_a_worker_at_once() {
        let now = Instant::now();
        let mut room = room(FEW, 1);
        room.welcome_back(&Parker::of_this_thread(), now);
        assert!(room.call(now, now).is_some());
    }

    #[test]
    fn while_many_are_active_and_finish_an_entry_is_left_to_them_but_not_for_long() {
        let now = Instant::now();
        let mut room = room(FEW + 1, 1);
        room.welcome_back(&Parker::of_this_thread(), now);
        assert!(room.call(now, now + WAKE_DELAY / 2).is_none());
        assert_eq!(room.wakeup(1), Wakeup::Soon);
        room.welcome_back(&Parker::of_this_thread(), now + WAKE_DELAY);
        assert!(room.call(now, now + WAKE_DELAY).is_some());
    }

    #[test]
    fn while_many_are_active_and_none_finishes_an_entry_calls_a_worker_at_once() {
        let now = Instant::now();
        assert!(room(FEW + 1, 1).call(now, now).is_some());
        let mut room = room(FEW + 1, 1);
        room.welcome_back(&Parker::of_this_thread(), now);
        assert!(room.call(now + WAKE_DELAY, now + WAKE_DELAY).is_some());
    }

    #[test]
    fn one_worker_is_on_its_way_at_a_time_and_calls_the_next_when_it_comes() {
        let now = Instant::now();
        let mut room = room(4, 4);
        assert!(room.call(now, now).is_some());
        assert!(room.call(now, now).is_none());
        assert_eq!(room.wakeup(1), Wakeup::Enough);
        assert_eq!(room.wakeup(2), Wakeup::Soon);
        room.welcome();
        assert!(room.call(now, now).is_some());
    }

    #[test]
    fn those_too_many_retire_however_they_come_and_no_more_than_that() {
        let mut room = room(5, 3);
        let staffing = room.staff(2);
        assert_eq!((staffing.missing, staffing.called.len()), (0, 3));
        room.welcome_back(&Parker::of_this_thread(), Instant::now());
        let retired = (0..5).filter(|_| room.retire()).count();
        assert_eq!(retired, 3);
        assert_eq!(room.staff(2).missing, 0);
        assert_eq!(room.staff(4).missing, 2);
    }

    #[test]
    fn the_longest_seated_is_the_first_to_retire() {
        let mut room = IdleWorkers::of(3);
        let parkers: Vec<_> = (0..3).map(|_| Parker::of_this_thread()).collect();
        for parker in &parkers {
            room.enter(Arc::clone(parker));
        }
        let staffing = room.staff(2);
        assert!(Arc::ptr_eq(&staffing.called[0], &parkers[0]));
        assert_eq!(staffing.called.len(), 1);
    }

    #[test]
    fn who_has_not_retired_yet_stays_when_more_are_wanted_again() {
        let mut room = room(4, 0);
        room.staff(1);
        assert!(room.retire());
        assert_eq!(room.staff(4).missing, 1);
        assert!(!room.retire());
    }

    #[test]
    fn with_everybody_active_there_is_nobody_to_call_and_nothing_to_look_after() {
        let now = Instant::now();
        let mut room = room(FEW * 2, 0);
        assert!(room.call(now, now).is_none());
        assert_eq!(room.wakeup(1), Wakeup::Enough);
    }
}
