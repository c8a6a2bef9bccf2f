//! The queue against a list of its entries, and what workers, the reaper and the acceptor meet.

use std::collections::VecDeque;
use std::sync::mpsc;
use std::thread;

use proptest::prelude::*;

use super::*;

const PATIENCE: Duration = Duration::from_secs(10);

/// A worker of a queue, on the thread of the test.
struct Worker<'a, T> {
    queue: &'a Queue<T>,
    seat: Arc<Seat>,
}

impl<'a, T> Worker<'a, T> {
    fn of(queue: &'a Queue<T>) -> Self {
        let seat = Seat::of_this_thread();
        Self { queue, seat }
    }

    /// Finishes the session there is, if there is one, and takes the next entry, of which there is one
    /// unless the queue is closed.
    fn take(&self) -> Option<T> {
        match self.queue.take(&self.seat)? {
            Taken::InTime(entry, _) => Some(entry),
            Taken::Late(_) => panic!("there is no limit"),
        }
    }
}

/// A queue whose workers are all busy, with what keeps them so.
fn busy<T>(places: usize, workers: usize, entry: impl Fn() -> T) -> (Entrance<T>, Arc<Queue<T>>) {
    let (mut entrance, queue) = queue(places, QueueTimeout::NONE, workers);
    for _ in 0..workers {
        assert!(entrance.admit(entry(), Instant::now()).is_ok());
        assert!(Worker::of(&queue).take().is_some());
    }
    (entrance, queue)
}

#[test]
fn the_entry_past_the_last_place_is_handed_back() {
    let (mut entrance, queue) = queue(2, QueueTimeout::NONE, 1);
    let worker = Worker::of(&queue);
    let now = Instant::now();
    assert_eq!(entrance.admit('a', now), Ok(Attention::Enough));
    assert_eq!(worker.take(), Some('a'));
    for entry in ['b', 'c'] {
        assert_eq!(entrance.admit(entry, now), Ok(Attention::Enough));
    }
    assert_eq!(entrance.admit('d', now), Err('d'));
    assert_eq!(worker.take(), Some('b'));
    assert_eq!(entrance.admit('e', now), Ok(Attention::Enough));
    assert_eq!(worker.take(), Some('c'));
    assert_eq!(worker.take(), Some('e'));
}

#[test]
fn a_burst_of_as_many_entries_as_workers_and_places_is_admitted_before_any_worker_has_come() {
    let (mut entrance, queue) = queue(3, QueueTimeout::NONE, 5);
    let now = Instant::now();
    for entry in 0..8 {
        assert!(entrance.admit(entry, now).is_ok(), "{entry}");
    }
    assert_eq!(entrance.admit(8, now), Err(8));
    assert_eq!(queue.len(), 3, "the others have a worker");
}

#[test]
fn a_queue_in_front_of_more_workers_holds_more_and_keeps_its_order() {
    let (mut entrance, queue) = queue(1, QueueTimeout::NONE, 1);
    let now = Instant::now();
    for entry in 0..2 {
        assert!(entrance.admit(entry, now).is_ok());
    }
    assert_eq!(entrance.admit(2, now), Err(2));
    assert_eq!(queue.staff(4), 3);
    for entry in 2..5 {
        assert!(entrance.admit(entry, now).is_ok(), "{entry}");
    }
    assert_eq!(entrance.admit(5, now), Err(5));
    let worker = Worker::of(&queue);
    for entry in 0..5 {
        assert_eq!(worker.take(), Some(entry));
    }
}

#[test]
fn a_closed_queue_is_emptied_before_it_ends() {
    let (mut entrance, queue) = queue(2, QueueTimeout::NONE, 1);
    assert!(entrance.admit(1, Instant::now()).is_ok());
    drop(entrance);
    let worker = Worker::of(&queue);
    assert_eq!(worker.take(), Some(1));
    assert_eq!(worker.take(), None);
}

#[test]
fn as_many_are_claimed_as_wait_and_a_claim_ends_when_an_entry_leaves() {
    let (mut entrance, queue) = busy(3, 1, || 9);
    let now = Instant::now();
    assert!(!queue.claim(), "nobody waits");
    for entry in 0..2 {
        assert!(entrance.admit(entry, now).is_ok());
    }
    let unclaimed = || queue.wait(now).map_or(0, |wait| wait.unclaimed);
    assert!(queue.claim() && queue.claim() && !queue.claim());
    assert_eq!(unclaimed(), 0);
    assert_eq!(Worker::of(&queue).take(), Some(0));
    assert!(!queue.claim(), "the other claim still stands");
    assert_eq!(Worker::of(&queue).take(), Some(1));
    assert!(entrance.admit(2, now).is_ok());
    assert_eq!(unclaimed(), 1);
    assert!(queue.claim() && !queue.claim());
}

#[test]
fn who_waits_for_a_worker_that_is_idle_is_nobodys_to_claim() {
    let (mut entrance, queue) = queue(3, QueueTimeout::NONE, 2);
    let now = Instant::now();
    for entry in 0..2 {
        assert!(entrance.admit(entry, now).is_ok());
        assert!(!queue.claim(), "{entry} has a worker");
    }
    assert!(entrance.admit(2, now).is_ok());
    assert!(queue.claim() && !queue.claim(), "only the third has none");
}

#[test]
fn an_entry_can_be_claimed_again_when_the_worker_that_was_made_free_for_it_retires() {
    let (mut entrance, queue) = queue(1, QueueTimeout::NONE, 2);
    let (first, second) = (Worker::of(&queue), Worker::of(&queue));
    let now = Instant::now();
    for worker in [&first, &second] {
        assert!(entrance.admit('a', now).is_ok());
        assert_eq!(worker.take(), Some('a'));
    }
    assert!(entrance.admit('b', now).is_ok());
    assert!(queue.claim() && !queue.claim());
    assert_eq!(queue.staff(1), 0);
    assert_eq!(first.take(), None, "it is one too many");
    assert!(queue.claim() && !queue.claim());
    assert_eq!(second.take(), Some('b'));
}

#[test]
fn every_waiting_worker_learns_that_the_queue_was_closed() {
    let (entrance, queue) = queue::<()>(1, QueueTimeout::NONE, 8);
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || Worker::of(&queue).take())
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
    let (mut entrance, queue) = queue(4, QueueTimeout::NONE, 16);
    let (taken, all) = mpsc::channel();
    for _ in 0..16 {
        let (queue, taken) = (Arc::clone(&queue), taken.clone());
        thread::spawn(move || {
            let worker = Worker::of(&queue);
            while let Some(entry) = worker.take() {
                taken.send(entry).unwrap();
            }
        });
    }
    drop(taken);
    for entry in 0..ENTRIES {
        let mut handed_back = Some(entry);
        while let Some(entry) = handed_back {
            handed_back = entrance.admit(entry, Instant::now()).err();
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
    /// One of the workers comes, if there is something for it to take.
    Come(prop::sample::Index),
    Expire,
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Admit),
        2 => any::<prop::sample::Index>().prop_map(Step::Come),
        2 => Just(Step::Expire),
        2 => (1..10_u64).prop_map(Step::Pass),
    ]
}

/// What is known of a queue by a list of its entries and when each of them came.
struct Model {
    timeout: QueueTimeout,
    waiting: VecDeque<(usize, Instant)>,
    is_busy: Vec<bool>,
    held_since: Option<Instant>,
}

impl Model {
    fn idle(&self) -> usize {
        self.is_busy.iter().filter(|busy| !**busy).count()
    }

    /// To be called after every change.
    fn note(&mut self, now: Instant) {
        let holds = self.waiting.len() > self.idle();
        self.held_since = holds.then(|| self.held_since.unwrap_or(now));
    }

    /// The head, if it has waited for longer than it may.
    fn late(&self, now: Instant) -> Option<usize> {
        let (entry, arrived) = *self.waiting.front()?;
        let held = self.held_since.map_or(Duration::ZERO, |since| {
            arrived.saturating_duration_since(since)
        });
        let limit = self.timeout.limit(held)?;
        (now - arrived > limit).then_some(entry)
    }
}

proptest! {
    /// An entry is handed back if and only if no worker is idle for it and every place is taken;
    /// entries leave in order; and one that has waited for too long is never served.
    #[test]
    fn entries_wait_within_the_places_leave_in_order_and_are_not_served_too_late(
        places in 1_usize..6,
        workers in 1_usize..6,
        normal in proptest::option::of(0..20_u64),
        busy in proptest::option::of(0..20_u64),
        steps in proptest::collection::vec(step(), 0..200),
    ) {
        let millis = Duration::from_millis;
        let timeout = QueueTimeout {
            normal: normal.map(millis),
            busy: busy.map(millis),
            standing: millis(25),
        };
        let (mut entrance, queue) = queue(places, timeout, workers);
        let seats: Vec<_> = (0..workers).map(|_| Seat::of_this_thread()).collect();
        let mut now = Instant::now();
        let mut model = Model {
            timeout,
            waiting: VecDeque::new(),
            is_busy: vec![false; workers],
            held_since: None,
        };
        for (nth, step) in steps.into_iter().enumerate() {
            match step {
                Step::Pass(time) => now += millis(time),
                Step::Admit => {
                    let fits = model.waiting.len() < places + model.idle();
                    prop_assert_eq!(entrance.admit(nth, now).is_ok(), fits);
                    if fits {
                        model.waiting.push_back((nth, now));
                    }
                }
                Step::Come(_) if model.waiting.is_empty() => {}
                Step::Come(worker) => {
                    let worker = worker.index(workers);
                    model.is_busy[worker] = false;
                    let taken = queue.take_by(&seats[worker], || now);
                    let late = model.late(now);
                    let (head, _) = model.waiting.pop_front().unwrap();
                    prop_assert_eq!(taken, Some(match late {
                        Some(entry) => Taken::Late(entry),
                        None => Taken::InTime(head, now),
                    }));
                    model.is_busy[worker] = late.is_none();
                }
                Step::Expire => {
                    let late = model.late(now);
                    prop_assert_eq!(queue.withdraw_late(now), late);
                    if late.is_some() {
                        model.waiting.pop_front();
                    }
                }
            }
            model.note(now);
            let waiting = model.waiting.len().saturating_sub(model.idle());
            prop_assert_eq!(queue.len(), waiting);
        }
    }
}
