//! An entry handed to an idle worker and the answer it gives: the server's queue, and beside it a
//! plain channel with as many threads waiting on it.
//!
//! The answer comes back over a second channel, the same for both, so what differs between the two
//! is who is woken and how. Only a quiet machine tells them apart: where the system puts the threads,
//! and whether the last worker has fallen asleep again by the next entry, is worth microseconds.

use std::hint::black_box;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion};
use crossbeam_channel::{Receiver, Sender, bounded};
use jamd::server::queue::{Entrance, Parker, Taken, Wakeup, queue};
use jamd::server::{ClientUse, QueueTimeout};

/// How many workers are idle.
const WORKERS: [usize; 3] = [1, 16, 256];

/// The queue never holds more than the one entry that is on its way.
const PLACES: usize = 1;

type Entry = u64;

/// Measures both for each number of workers, one right after the other.
pub(crate) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hand_off");
    for workers in WORKERS {
        Pool::behind_the_queue(workers).measure(&mut group, BenchmarkId::new("queue", workers));
        Pool::behind_a_channel(workers).measure(&mut group, BenchmarkId::new("channel", workers));
    }
    group.finish();
}

/// How an entry gets to a worker.
trait Door {
    fn admit(&mut self, entry: Entry);
}

impl Door for Entrance<Entry> {
    fn admit(&mut self, entry: Entry) {
        let client = ClientUse::none(Ipv4Addr::LOCALHOST.into());
        let admitted = Self::admit(self, entry, client, Instant::now());
        let mut wakeup = admitted.expect("the only entry finds a place").wakeup;
        // Until every worker has sat down an entry may be left to one that finishes.
        while wakeup == Wakeup::Soon {
            thread::yield_now();
            wakeup = self.attend(Instant::now());
        }
    }
}

impl Door for Sender<Entry> {
    fn admit(&mut self, entry: Entry) {
        self.try_send(entry).expect("the only entry finds a place");
    }
}

/// Workers that answer each entry with itself; dropping the door ends them.
struct Pool<D> {
    door: D,
    answers: Receiver<Entry>,
    workers: Vec<JoinHandle<()>>,
}

impl Pool<Entrance<Entry>> {
    fn behind_the_queue(workers: usize) -> Self {
        let (entrance, queue) = queue(PLACES, QueueTimeout::NONE, workers);
        Self::start(entrance, workers, || {
            let queue = Arc::clone(&queue);
            move |answer| {
                let parker = Parker::of_this_thread();
                while let Some(Taken::InTime(entry, _)) = queue.take(&parker) {
                    answer(entry);
                }
            }
        })
    }
}

impl Pool<Sender<Entry>> {
    fn behind_a_channel(workers: usize) -> Self {
        let (sender, receiver) = bounded(PLACES);
        Self::start(sender, workers, || {
            let receiver = receiver.clone();
            move |answer| receiver.iter().for_each(answer)
        })
    }
}

impl<D: Door> Pool<D> {
    fn start<W>(door: D, workers: usize, worker: impl Fn() -> W) -> Self
    where
        W: FnOnce(&dyn Fn(Entry)) + Send + 'static,
    {
        let (answer, answers) = bounded(PLACES);
        let start = |_| {
            let (worker, answer) = (worker(), answer.clone());
            let answer = move |entry| answer.send(entry).expect("somebody waits for the answer");
            thread::spawn(move || worker(&answer))
        };
        Self {
            workers: (0..workers).map(start).collect(),
            door,
            answers,
        }
    }

    /// One pool serves the warm-up and every sample, so that its workers are idle when it counts.
    fn measure(mut self, group: &mut BenchmarkGroup<'_, WallTime>, id: BenchmarkId) {
        group.bench_function(id, |bench| bench.iter(|| self.hand_off(black_box(1))));
        drop(self.door);
        for worker in self.workers {
            worker.join().expect("no worker panics");
        }
    }

    fn hand_off(&mut self, entry: Entry) -> Entry {
        self.door.admit(entry);
        self.answers.recv().expect("a worker answers")
    }
}
