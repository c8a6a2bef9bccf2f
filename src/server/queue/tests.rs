//! Tests of the queue: against a simple list model, and in cases of worker, reaper and acceptor.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::mpsc;
use std::thread;

use proptest::prelude::*;

use super::*;
use crate::server::clients::Standing;

const PATIENCE: Duration = Duration::from_secs(10);

/// A queue's worker on the test's thread.
struct Worker<'a, T> {
    queue: &'a Queue<T>,
    parker: Arc<Parker>,
}

impl<'a, T> Worker<'a, T> {
    fn of(queue: &'a Queue<T>) -> Self {
        let parker = Parker::of_this_thread();
        Self { queue, parker }
    }

    /// Finishes the current session, if there is one, and takes the next entry. An entry must be there,
    /// unless the queue is closed.
    fn take(&self) -> Option<T> {
        match self.queue.take(&self.parker)? {
            Taken::InTime(entry, _) => Some(entry),
            Taken::Late(_) => panic!("there is no limit"),
        }
    }
}

/// Admits an entry of an unknown client.
fn admit<T>(entrance: &mut Entrance<T>, entry: T, now: Instant) -> Result<Wakeup, T> {
    let client = ClientUse::none(Ipv4Addr::LOCALHOST.into());
    let admitted = entrance.admit(entry, client, now)?;
    assert!(admitted.displaced.is_none());
    Ok(admitted.wakeup)
}

/// A queue with all workers busy, and its entrance.
fn busy<T>(places: usize, workers: usize, entry: impl Fn() -> T) -> (Entrance<T>, Arc<Queue<T>>) {
    let (mut entrance, queue) = queue(places, QueueTimeout::NONE, workers);
    for _ in 0..workers {
        assert!(admit(&mut entrance, entry(), Instant::now()).is_ok());
        assert!(Worker::of(&queue).take().is_some());
    }
    (entrance, queue)
}

#[test]
fn the_entry_past_the_last_place_is_handed_back() {
    let (mut entrance, queue) = queue(2, QueueTimeout::NONE, 1);
    let worker = Worker::of(&queue);
    let now = Instant::now();
    assert_eq!(admit(&mut entrance, 'a', now), Ok(Wakeup::Enough));
    assert_eq!(worker.take(), Some('a'));
    for entry in ['b', 'c'] {
        assert_eq!(admit(&mut entrance, entry, now), Ok(Wakeup::Enough));
    }
    assert_eq!(admit(&mut entrance, 'd', now), Err('d'));
    assert_eq!(worker.take(), Some('b'));
    assert_eq!(admit(&mut entrance, 'e', now), Ok(Wakeup::Enough));
    assert_eq!(worker.take(), Some('c'));
    assert_eq!(worker.take(), Some('e'));
}

#[test]
fn a_burst_of_as_many_entries_as_workers_and_places_is_admitted_before_any_worker_has_come() {
    let (mut entrance, queue) = queue(3, QueueTimeout::NONE, 5);
    let now = Instant::now();
    for entry in 0..8 {
        assert!(admit(&mut entrance, entry, now).is_ok(), "{entry}");
    }
    assert_eq!(admit(&mut entrance, 8, now), Err(8));
    assert_eq!(queue.len(), 3, "the others have a worker");
}

#[test]
fn a_queue_in_front_of_more_workers_holds_more_and_keeps_its_order() {
    let (mut entrance, queue) = queue(1, QueueTimeout::NONE, 1);
    let now = Instant::now();
    for entry in 0..2 {
        assert!(admit(&mut entrance, entry, now).is_ok());
    }
    assert_eq!(admit(&mut entrance, 2, now), Err(2));
    assert_eq!(queue.staff(4), 3);
    for entry in 2..5 {
        assert!(admit(&mut entrance, entry, now).is_ok(), "{entry}");
    }
    assert_eq!(admit(&mut entrance, 5, now), Err(5));
    let worker = Worker::of(&queue);
    for entry in 0..5 {
        assert_eq!(worker.take(), Some(entry));
    }
}

#[test]
fn a_closed_queue_is_emptied_before_it_ends() {
    let (mut entrance, queue) = queue(2, QueueTimeout::NONE, 1);
    assert!(admit(&mut entrance, 1, Instant::now()).is_ok());
    drop(entrance);
    let worker = Worker::of(&queue);
    assert_eq!(worker.take(), Some(1));
    assert_eq!(worker.take(), None);
}

#[test]
fn as_many_are_claimed_as_wait_and_a_claim_ends_when_an_entry_leaves() {
    let (mut entrance, queue) = busy(3, 1, || 9);
    let now = Instant::now();
    let after = now + Duration::from_secs(1);
    assert!(!queue.claim(after), "no client waits");
    for entry in 0..2 {
        assert!(admit(&mut entrance, entry, now).is_ok());
    }
    let unclaimed = || queue.wait(after).map_or(0, |wait| wait.unclaimed);
    assert!(queue.claim(after) && queue.claim(after) && !queue.claim(after));
    assert_eq!(unclaimed(), 0);
    assert_eq!(Worker::of(&queue).take(), Some(0));
    assert!(!queue.claim(after), "the other claim still stands");
    assert_eq!(Worker::of(&queue).take(), Some(1));
    assert!(admit(&mut entrance, 2, now).is_ok());
    assert_eq!(unclaimed(), 1);
    assert!(queue.claim(after) && !queue.claim(after));
}

#[test]
fn who_waits_for_a_worker_that_is_idle_is_nobodys_to_claim() {
    let (mut entrance, queue) = queue(3, QueueTimeout::NONE, 2);
    let now = Instant::now();
    let after = now + Duration::from_secs(1);
    for entry in 0..2 {
        assert!(admit(&mut entrance, entry, now).is_ok());
        assert!(!queue.claim(after), "{entry} has a worker");
    }
    assert!(admit(&mut entrance, 2, now).is_ok());
    assert!(
        queue.claim(after) && !queue.claim(after),
        "only the third has none"
    );
}

#[test]
fn an_entry_can_be_claimed_again_when_the_worker_that_was_made_free_for_it_retires() {
    let (mut entrance, queue) = queue(1, QueueTimeout::NONE, 2);
    let (first, second) = (Worker::of(&queue), Worker::of(&queue));
    let now = Instant::now();
    let after = now + Duration::from_secs(1);
    for worker in [&first, &second] {
        assert!(admit(&mut entrance, 'a', now).is_ok());
        assert_eq!(worker.take(), Some('a'));
    }
    assert!(admit(&mut entrance, 'b', now).is_ok());
    assert!(queue.claim(after) && !queue.claim(after));
    assert_eq!(queue.staff(1), 0);
    assert_eq!(first.take(), None, "it is one too many");
    assert!(queue.claim(after) && !queue.claim(after));
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
            handed_back = admit(&mut entrance, entry, Instant::now()).err();
            thread::yield_now();
        }
        // No reaper attends to the entries here.
        while entrance.attend(Instant::now()) == Wakeup::Soon {
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

/// A pool of eight workers.
fn idle(idle: usize) -> PoolState {
    PoolState { workers: 8, idle }
}

/// The use of a client with this number.
fn client(number: u8, standing: Standing) -> ClientUse {
    ClientUse {
        standing,
        ..ClientUse::none(Ipv4Addr::new(192, 0, 2, number).into())
    }
}

/// Lines with these entries waiting, each named by its number.
fn lines(waiting: &[(u8, Standing)], now: Instant) -> Lines<u8> {
    let mut lines = Lines::of(100, QueueTimeout::NONE);
    for (number, standing) in waiting {
        let admitted = lines.admit(*number, client(*number, *standing), 100, now);
        assert_eq!(admitted, Ok(None));
    }
    lines
}

#[test]
fn clients_that_had_little_are_in_front_and_every_eighth_entry_is_one_of_the_others() {
    let now = Instant::now();
    let behind = (0..4).map(|number| (100 + number, Standing::Heavy));
    let front = (0..16).map(|number| (number, Standing::Light));
    let mut lines = lines(&behind.chain(front).collect::<Vec<_>>(), now);
    let order: Vec<_> = std::iter::from_fn(|| lines.take(idle(5), now)).collect();
    let mut expected: Vec<_> = (0..16).collect();
    expected.insert(7, 100);
    expected.insert(15, 101);
    expected.extend([102, 103]);
    assert_eq!(order, expected);
}

#[test]
fn the_last_idle_worker_is_not_for_a_client_that_overran_while_clients_in_front_need_it() {
    let now = Instant::now();
    let mut lines = lines(&[(1, Standing::Light), (2, Standing::Overran)], now);
    assert_eq!(lines.take(idle(1), now), Some(1), "it needs the last one");
    let later = now + Duration::from_millis(999);
    assert_eq!(lines.take(idle(1), later), None);
    assert_eq!(lines.to_be_taken(idle(1), later), 0);
    assert_eq!(lines.take(idle(2), later), Some(2), "there is another");
    let mut lines = self::lines(&[(1, Standing::Light), (2, Standing::Overran)], now);
    assert_eq!(lines.take(idle(1), now), Some(1));
    assert_eq!(lines.take(idle(1), now + Duration::from_secs(1)), Some(2));
}

#[test]
fn a_closed_queue_keeps_no_worker_back() {
    let now = Instant::now();
    let mut lines = lines(&[(1, Standing::Light), (2, Standing::Overran)], now);
    assert_eq!(lines.take(idle(1), now), Some(1));
    lines.close();
    assert_eq!(lines.take(idle(1), now), Some(2));
}

#[test]
fn in_a_pool_of_one_or_two_no_worker_is_kept_back() {
    let now = Instant::now();
    for workers in [1, 2] {
        let mut lines = lines(&[(1, Standing::Light), (2, Standing::Overran)], now);
        let pool = PoolState { workers, idle: 1 };
        assert_eq!(lines.take(pool, now), Some(1));
        assert_eq!(lines.take(pool, now), Some(2));
    }
}

#[test]
fn a_client_that_had_much_does_not_wait_for_one_that_overran() {
    let now = Instant::now();
    let waiting = [
        (1, Standing::Light),
        (2, Standing::Overran),
        (3, Standing::Heavy),
    ];
    let mut lines = lines(&waiting, now);
    let order: Vec<_> = std::iter::from_fn(|| lines.take(idle(1), now)).collect();
    assert_eq!(order, [1, 3]);
    assert_eq!(lines.take(idle(2), now), Some(2));
}

#[test]
fn a_few_entries_before_those_of_other_lines_may_wait_as_if_the_queue_did_not_stand() {
    let (now, second) = (Instant::now(), Duration::from_secs(1));
    let timeout = QueueTimeout::of(Some(second), Some(second / 10));
    let late = |front: u8, behind: u8| {
        let mut lines = Lines::of(100, timeout);
        // Both lines have been stuck for two seconds when these entries arrive.
        for (number, standing) in [(200, Standing::Light), (201, Standing::Heavy)] {
            assert_eq!(
                lines.admit(number, client(number, standing), 100, now),
                Ok(None)
            );
        }
        lines.note(idle(0), now);
        let later = now + 2 * second;
        let came = (0..front).map(|number| (number, Standing::Light));
        let came = came.chain((0..behind).map(|number| (100 + number, Standing::Heavy)));
        for (number, standing) in came {
            assert_eq!(
                lines.admit(number, client(number, standing), 100, later),
                Ok(None)
            );
        }
        assert_eq!(
            (lines.take_any(), lines.take_late(idle(0), later)),
            (Some(200), Some(201))
        );
        lines.note(idle(0), later);
        let after = later + Duration::from_millis(101);
        std::iter::from_fn(|| lines.take_late(idle(0), after)).collect::<Vec<_>>()
    };
    assert_eq!(late(8, 3), [100, 101, 102]);
    assert_eq!(late(10, 1), [100, 0, 1]);
    assert_eq!(late(9, 0), [0], "there were others a moment ago");
}

#[test]
fn in_a_full_queue_a_client_takes_the_place_of_the_oldest_in_the_last_line_behind_its_own() {
    let now = Instant::now();
    let mut lines = lines(&[(1, Standing::Heavy), (2, Standing::Overran)], now);
    let mut admit = |number, standing| lines.admit(number, client(number, standing), 2, now);
    assert_eq!(admit(3, Standing::Overran), Err(3));
    assert_eq!(admit(4, Standing::Heavy), Ok(Some(2)));
    assert_eq!(admit(5, Standing::Heavy), Err(5));
    assert_eq!(admit(6, Standing::Light), Ok(Some(1)));
    assert_eq!(admit(7, Standing::Light), Ok(Some(4)));
    assert_eq!(admit(8, Standing::Light), Err(8));
}

#[test]
fn sessions_are_closed_in_favour_of_those_in_front_or_of_one_client_alone() {
    use Standing::{Heavy, Light, Overran};
    let now = Instant::now();
    let in_need = |waiting: &[(u8, Standing)], millis| {
        lines(waiting, now).in_need(idle(0), now + Duration::from_millis(millis))
    };
    assert_eq!(
        in_need(&[(1, Light), (2, Light)], 39),
        0,
        "a worker may finish"
    );
    assert_eq!(in_need(&[(1, Light), (2, Light)], 40), 2);
    assert_eq!(in_need(&[(1, Light), (2, Heavy)], 40), 1);
    assert_eq!(in_need(&[(1, Heavy), (2, Heavy)], 40), 0);
    assert_eq!(in_need(&[(1, Heavy), (1, Overran)], 40), 2);
    assert_eq!(in_need(&[], 40), 0);
}

#[derive(Debug, Clone)]
enum Step {
    Admit,
    /// One of the workers comes, if there is an entry for it.
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

/// A model of the queue: a list of its entries with their arrivals.
struct Model {
    timeout: QueueTimeout,
    waiting: VecDeque<(usize, Instant)>,
    is_busy: Vec<bool>,
    held_since: Option<Instant>,
    empty_since: Option<Instant>,
}

impl Model {
    fn idle(&self) -> usize {
        self.is_busy.iter().filter(|busy| !**busy).count()
    }

    /// To be called after every change.
    fn note(&mut self, now: Instant) {
        let rested = |since: Instant| now - since >= self.timeout.rested;
        if self.empty_since.is_some_and(rested) {
            self.held_since = None;
        }
        if self.waiting.len() > self.idle() {
            self.empty_since = None;
            self.held_since.get_or_insert(now);
        } else {
            self.empty_since.get_or_insert(now);
        }
    }

    /// The head, if it has waited too long.
    fn late(&self, now: Instant) -> Option<usize> {
        let (entry, arrived) = *self.waiting.front()?;
        let held = self.held_since.map_or(Duration::ZERO, |since| {
            arrived.saturating_duration_since(since)
        });
        let few = self.waiting.len() <= QueueTimeout::kept(self.is_busy.len());
        let busy = self.timeout.busy_limit(held).filter(|_| !few);
        let limit = busy.or(self.timeout.normal)?;
        (now - arrived > limit).then_some(entry)
    }
}

proptest! {
    /// An entry is handed back if and only if no worker is idle for it and every place is taken. Entries
    /// leave in order. A late entry is never served.
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
            rested: millis(5),
        };
        let (mut entrance, queue) = queue(places, timeout, workers);
        let parkers: Vec<_> = (0..workers).map(|_| Parker::of_this_thread()).collect();
        let mut now = Instant::now();
        let mut model = Model {
            timeout,
            waiting: VecDeque::new(),
            is_busy: vec![false; workers],
            held_since: None,
            empty_since: None,
        };
        for (nth, step) in steps.into_iter().enumerate() {
            match step {
                Step::Pass(time) => now += millis(time),
                Step::Admit => {
                    let fits = model.waiting.len() < places + model.idle();
                    prop_assert_eq!(admit(&mut entrance, nth, now).is_ok(), fits);
                    if fits {
                        model.waiting.push_back((nth, now));
                    }
                }
                Step::Come(_) if model.waiting.is_empty() => {}
                Step::Come(worker) => {
                    let worker = worker.index(workers);
                    model.is_busy[worker] = false;
                    model.note(now);
                    let taken = queue.take_by(&parkers[worker], || now);
                    let late = model.late(now);
                    let (head, _) = model.waiting.pop_front().unwrap();
                    prop_assert_eq!(taken, Some(match late {
                        Some(entry) => Taken::Late(entry),
                        None => Taken::InTime(head, now),
                    }));
                    model.is_busy[worker] = late.is_none();
                }
                Step::Expire => {
                    model.note(now);
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
