//! Where idle workers wait, and the policy of calling them: the last to come first, and none while
//! those who are active will do.

use std::time::{Duration, Instant};

use crate::server::sync::{Arc, AtomicBool, Ordering, Thread, current, park};

/// A worker's place in the waiting room, and the means to wake it.
#[derive(Debug)]
pub struct Parker {
    worker: Thread,
    /// Set by whoever calls the worker, cleared by the worker when it comes.
    called: AtomicBool,
    /// Whether the worker has taken an entry and not come for the next. Written under the queue's lock.
    is_busy: AtomicBool,
}

impl Parker {
    /// A parker for the worker that runs on this thread; nobody else may wait on it.
    pub fn of_this_thread() -> Arc<Self> {
        Arc::new(Self {
            worker: current(),
            called: AtomicBool::new(false),
            is_busy: AtomicBool::new(false),
        })
    }

    /// Sleeps until called. Only the worker whose parker it is may wait on it.
    pub(crate) fn wait(&self) {
        // Parking may end for no reason; being called ends this loop, and closing calls everyone.
        while !self.called.swap(false, Ordering::Acquire) {
            park();
        }
    }

    /// Wakes the worker. Only for a parker that a call took out of the room.
    pub(crate) fn wake(&self) {
        self.called.store(true, Ordering::Release);
        self.worker.unpark();
    }
}

/// Workers that may be active before a new one is called only for an entry that has waited.
///
/// To wake a sleeping worker costs about a third of a short session, and a worker that finishes takes
/// the next entry for nothing. Measured with 256 workers and 64 clients, in CPU a session against an
/// event loop: 1.36 when every entry calls a worker, 1.04 with this many, which is what it costs with
/// 16 workers.
#[cfg(not(all(test, feature = "model")))]
pub(crate) const FEW: usize = 8;

/// Few enough that a model with three workers leaves entries to those that are active.
#[cfg(all(test, feature = "model"))]
pub(crate) const FEW: usize = 2;

/// How long an entry is left for a worker that finishes, once a few are active and one has finished
/// within as long before. Clients that are served by one event loop come and go in bursts, and this
/// bridges the gap between two.
pub const WAKE_DELAY: Duration = Duration::from_millis(2);

/// What an entry needs from whoever put it into the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wakeup {
    /// Nothing: a worker comes for it, or every worker is busy and the first to finish will.
    Enough,
    /// Another look after [`WAKE_DELAY`]: it was left for a worker that finishes.
    Soon,
}

/// What it takes to have as many workers as are wanted.
#[derive(Debug)]
pub(crate) struct Staffing {
    /// How many have to be started.
    pub(crate) missing: usize,
    /// Whom to wake, because they are to retire.
    pub(crate) called: Vec<Arc<Parker>>,
}

/// The idle workers, kept under the queue's lock.
///
/// Between two uses of the lock it holds: while anybody is seated and the queue is not empty, a
/// worker is on its way, or the head was left for a worker that finishes and will be looked after
/// again: by the acceptor after [`WAKE_DELAY`], and at the latest by the reaper on its round. So no entry
/// is left behind.
#[derive(Debug)]
pub(crate) struct IdleWorkers {
    seated: Vec<Arc<Parker>>,
    /// Workers that have not retired, seated or not.
    workers: usize,
    /// How many of them are too many: the next that come for the lock retire.
    surplus: usize,
    /// Workers that were called and have not come back for the lock yet.
    on_their_way: usize,
    /// Workers that have taken an entry and not come for the next.
    busy: usize,
    /// When a worker last came by itself, because it had finished a session.
    finished: Option<Instant>,
}

impl IdleWorkers {
    /// A room for this many workers, none of which has come yet.
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

    /// Seats a worker that found the queue empty.
    pub(crate) fn enter(&mut self, parker: Arc<Parker>) {
        self.seated.push(parker);
    }

    /// Takes note that a called worker has come.
    pub(crate) fn welcome(&mut self) {
        self.on_their_way = self.on_their_way.saturating_sub(1);
    }

    /// Takes note that a worker has come which nobody called: it has finished, or has just started.
    pub(crate) fn welcome_back(&mut self, parker: &Parker, now: Instant) {
        self.finished = Some(now);
        if parker.is_busy.swap(false, Ordering::Relaxed) {
            self.busy = self.busy.saturating_sub(1);
        }
    }

    /// Takes note that a worker has taken an entry.
    pub(crate) fn begin(&mut self, parker: &Parker) {
        parker.is_busy.store(true, Ordering::Relaxed);
        self.busy += 1;
    }

    /// The worker to wake, if it is time to wake one for a head of the queue that came at `arrived`:
    /// the last that was seated, whose memory is the warmest.
    pub(crate) fn call(&mut self, arrived: Instant, now: Instant) -> Option<Arc<Parker>> {
        if self.on_their_way > 0 || self.leaves_it(arrived, now) {
            return None;
        }
        let parker = self.seated.pop()?;
        self.on_their_way += 1;
        Some(parker)
    }

    /// Whether the head of the queue is left for a worker that finishes.
    fn leaves_it(&self, arrived: Instant, now: Instant) -> bool {
        let active = self.workers.saturating_sub(self.seated.len());
        let recent = |moment| now.saturating_duration_since(moment) < WAKE_DELAY;
        active >= FEW && recent(arrived) && self.finished.is_some_and(recent)
    }

    /// What so many entries need. A worker on its way is sure to come for one of them, and may leave
    /// the next.
    pub(crate) fn wakeup(&self, entries: usize) -> Wakeup {
        if entries <= self.on_their_way || self.seated.is_empty() {
            Wakeup::Enough
        } else {
            Wakeup::Soon
        }
    }

    /// Sets how many workers there are to be. If they are too few, returns how many are missing and
    /// expects them to come; if they are too many, calls as many of those that have been seated for
    /// longest, to be woken: whoever comes next, they or one that finishes, [retires](Self::retire).
    ///
    /// Whoever was called for an entry may be the one to retire. Then one of those called here does not,
    /// and sees to the entry; or nobody was left to call, and a busy worker has to see to it.
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

    /// Whether the worker that has come is one too many, and leaves for good.
    pub(crate) fn retire(&mut self) -> bool {
        let retires = self.surplus > 0;
        if retires {
            self.surplus -= 1;
            self.workers = self.workers.saturating_sub(1);
        }
        retires
    }

    /// Workers there are to be.
    pub(crate) fn workers(&self) -> usize {
        self.workers.saturating_sub(self.surplus)
    }

    /// Workers that have no session and do not retire: seated, on their way, or not there yet.
    pub(crate) fn idle(&self) -> usize {
        self.workers.saturating_sub(self.busy + self.surplus)
    }

    /// Every seated worker, to be woken because nothing more will come.
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
