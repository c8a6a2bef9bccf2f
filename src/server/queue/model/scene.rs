//! The test bed of the model checks: a queue, its workers, and a record of the entries taken.

use std::net::Ipv4Addr;

use shuttle::rand::{Rng, thread_rng};
use shuttle::thread::{JoinHandle, spawn, yield_now};

use crate::server::queue::idle_workers::WAKE_DELAY;
use crate::server::queue::*;

/// Records the entries that leave the queue, and checks their order.
#[derive(Debug, Default)]
pub(super) struct Witness(Mutex<Vec<usize>>);

impl Witness {
    /// Checks that the entry from `take` is younger than all entries seen before the call.
    pub(super) fn see(&self, take: impl FnOnce() -> Option<usize>) -> Option<usize> {
        let youngest = self.0.lock().unwrap().iter().copied().max();
        let entry = take()?;
        assert!(youngest < Some(entry), "{entry} left after {youngest:?}");
        self.0.lock().unwrap().push(entry);
        Some(entry)
    }

    /// Checks that every entry left exactly once.
    pub(super) fn assert_saw(&self, entries: impl IntoIterator<Item = usize>) {
        let mut seen = self.0.lock().unwrap().clone();
        seen.sort_unstable();
        assert!(seen.iter().copied().eq(entries), "saw {seen:?}");
    }
}

/// A queue with its workers and the record of taken entries.
pub(super) struct Scene {
    pub(super) entrance: Entrance<usize>,
    pub(super) queue: Arc<Queue<usize>>,
    pub(super) witness: Arc<Witness>,
    pub(super) workers: Vec<JoinHandle<()>>,
}

impl Scene {
    /// Workers that call `serve` for each entry and take the next until the queue is closed.
    pub(super) fn of(
        places: usize,
        workers: usize,
        serve: impl Fn() + Clone + Send + 'static,
    ) -> Self {
        Self::limited(places, QueueTimeout::NONE, workers, serve)
    }

    /// A scene like [`of`](Self::of), with a timeout.
    pub(super) fn limited(
        places: usize,
        timeout: QueueTimeout,
        workers: usize,
        serve: impl Fn() + Clone + Send + 'static,
    ) -> Self {
        let (entrance, queue) = queue(places, timeout, workers);
        let witness = Arc::new(Witness::default());
        let workers = hire(workers, &queue, &witness, &serve);
        Self {
            entrance,
            queue,
            witness,
            workers,
        }
    }

    /// Admits an entry that must find a place.
    pub(super) fn admit(&mut self, entry: usize) -> Wakeup {
        admit(&mut self.entrance, entry, now()).unwrap()
    }

    /// Admits entries in a row. The acceptor may attend between two of them, and attends at the end as long
    /// as needed.
    pub(super) fn admit_burst(&mut self, entries: usize) {
        let mut wakeup = Wakeup::Enough;
        for entry in 0..entries {
            wakeup = self.admit(entry);
            if wakeup == Wakeup::Soon && thread_rng().gen_bool(0.5) {
                wakeup = self.entrance.attend(now() + WAKE_DELAY);
            }
        }
        while wakeup == Wakeup::Soon {
            yield_now();
            wakeup = self.entrance.attend(now() + WAKE_DELAY);
        }
    }

    /// Closes the queue and waits for every worker to end.
    pub(super) fn close(self) -> Arc<Witness> {
        drop(self.entrance);
        for worker in self.workers {
            worker.join().unwrap();
        }
        self.witness
    }
}

/// Admits an entry of an unknown client.
pub(super) fn admit(
    entrance: &mut Entrance<usize>,
    entry: usize,
    now: Instant,
) -> Result<Wakeup, usize> {
    let client = ClientUse::none(Ipv4Addr::LOCALHOST.into());
    let admitted = entrance.admit(entry, client, now)?;
    Ok(admitted.wakeup)
}

/// Starts this many workers.
pub(super) fn hire(
    workers: usize,
    queue: &Arc<Queue<usize>>,
    witness: &Arc<Witness>,
    serve: &(impl Fn() + Clone + Send + 'static),
) -> Vec<JoinHandle<()>> {
    let start = |_| {
        let (queue, witness) = (Arc::clone(queue), Arc::clone(witness));
        let serve = serve.clone();
        spawn(move || {
            let parker = Parker::of_this_thread();
            let take = || match queue.take(&parker)? {
                Taken::InTime(entry, _) | Taken::Late(entry) => Some(entry),
            };
            while witness.see(take).is_some() {
                serve();
            }
        })
    };
    (0..workers).map(start).collect()
}
