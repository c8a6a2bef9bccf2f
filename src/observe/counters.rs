//! The server's counters, in shards so that threads rarely share a counter.

use std::iter;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::histogram::{Histogram, Ladder, Reading};
use super::state::{ByState, State};

/// The most shards. A worker uses the shard given by its number. The few workers that run at a time hardly
/// ever share a shard. One shard for each of ten thousand workers would take more memory than the sessions.
const MOST_SHARDS: usize = 64;

/// The counters of one server. They only grow, except the number of deferred connections.
#[derive(Debug)]
pub struct Counters {
    /// The first shard is a field of its own, so that one always exists.
    first: Shard,
    others: Box<[Shard]>,
    /// Nanoseconds of all workers together, in each state; only the reaper writes them.
    time: ByState<AtomicU64>,
    deferred: AtomicUsize,
    accept_pauses: AtomicU64,
    accept_paused_nanos: AtomicU64,
}

/// The histograms of some of the workers, on cache lines of their own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct Shard {
    queue_wait: Histogram,
    session: Histogram,
    session_commands: Histogram,
    answer: Histogram,
}

/// The histograms of a server at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Histograms {
    /// How long sessions waited for a worker.
    pub queue_wait: Reading,
    /// How long sessions lasted after the wait.
    pub session: Reading,
    /// Commands answered in a session.
    pub session_commands: Reading,
    /// The time from reading commands to the kernel having all replies; a sample of the reads.
    pub answer: Reading,
}

/// The pauses of the acceptor because a resource of the machine was exhausted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pauses {
    /// The number of pauses.
    pub count: u64,
    /// Their total length.
    pub time: Duration,
}

impl Shard {
    /// Records the wait of a session that a worker took.
    pub fn session_began(&self, waited: Duration) {
        self.queue_wait.record_time(waited);
    }

    /// Records the length and the commands of a session that ended.
    pub fn session_ended(&self, lasted: Duration, commands: u64) {
        self.session.record_time(lasted);
        self.session_commands.record(Ladder::Numbers, commands);
    }

    /// Records the time in which the commands of one read were answered.
    pub fn answered(&self, within: Duration) {
        self.answer.record_time(within);
    }
}

impl Default for Counters {
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let shards = (2 * cores).next_power_of_two().min(MOST_SHARDS);
        Self {
            first: Shard::default(),
            others: (1..shards).map(|_| Shard::default()).collect(),
            time: ByState::default(),
            deferred: AtomicUsize::new(0),
            accept_pauses: AtomicU64::new(0),
            accept_paused_nanos: AtomicU64::new(0),
        }
    }
}

impl Counters {
    /// The shard of a worker.
    pub fn shard(&self, worker: usize) -> &Shard {
        let shards = self.others.len() + 1;
        let other = (worker % shards).checked_sub(1);
        other
            .and_then(|other| self.others.get(other))
            .unwrap_or(&self.first)
    }

    fn shards(&self) -> impl Iterator<Item = &Shard> {
        iter::once(&self.first).chain(&self.others)
    }

    /// Adds this time to the states in which the given numbers of workers were.
    pub fn pass_time(&self, workers: &ByState<usize>, time: Duration) {
        for state in State::ALL {
            let nanos = time.as_nanos().saturating_mul(*workers.of(state) as u128);
            let nanos = u64::try_from(nanos).unwrap_or(u64::MAX);
            self.time.of(state).fetch_add(nanos, Ordering::Relaxed);
        }
    }

    /// Sets the number of deferred connections; only the acceptor writes it.
    pub fn set_deferred(&self, connections: usize) {
        self.deferred.store(connections, Ordering::Relaxed);
    }

    /// The number of connections in the deferred set.
    pub fn deferred(&self) -> usize {
        self.deferred.load(Ordering::Relaxed)
    }

    /// Records a pause of the acceptor.
    pub fn accept_pauses(&self, pause: Duration) {
        let nanos = u64::try_from(pause.as_nanos()).unwrap_or(u64::MAX);
        self.accept_pauses.fetch_add(1, Ordering::Relaxed);
        self.accept_paused_nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    /// The total time of all workers in each state, in seconds.
    #[expect(clippy::cast_precision_loss, reason = "read to a few digits")]
    pub fn worker_seconds(&self) -> ByState<f64> {
        let mut seconds = ByState::default();
        for state in State::ALL {
            *seconds.of_mut(state) = self.time.of(state).load(Ordering::Relaxed) as f64 / 1e9;
        }
        seconds
    }

    /// The pauses of the acceptor so far.
    pub fn pauses(&self) -> Pauses {
        Pauses {
            count: self.accept_pauses.load(Ordering::Relaxed),
            time: Duration::from_nanos(self.accept_paused_nanos.load(Ordering::Relaxed)),
        }
    }

    /// The sums of all shards.
    pub fn histograms(&self) -> Histograms {
        let mut sum = Histograms {
            queue_wait: Reading::empty(Ladder::Times),
            session: Reading::empty(Ladder::Times),
            session_commands: Reading::empty(Ladder::Numbers),
            answer: Reading::empty(Ladder::Times),
        };
        for shard in self.shards() {
            shard.queue_wait.add_to(&mut sum.queue_wait);
            shard.session.add_to(&mut sum.session);
            shard.session_commands.add_to(&mut sum.session_commands);
            shard.answer.add_to(&mut sum.answer);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whichever_shards_workers_add_to_the_sum_is_of_all() {
        let counters = Counters::default();
        for worker in 0..1000 {
            let shard = counters.shard(worker);
            shard.session_began(Duration::from_millis(1));
            shard.session_ended(Duration::from_millis(2), 3);
        }
        let histograms = counters.histograms();
        assert_eq!(histograms.queue_wait.count(), 1000);
        assert!((histograms.queue_wait.sum() - 1.0).abs() < 1e-9);
        assert_eq!(histograms.session_commands.sum(), 3000.0);
        assert_eq!(histograms.answer.count(), 0);
    }

    #[test]
    fn time_passes_for_each_worker_in_its_state() {
        let counters = Counters::default();
        let workers = ByState {
            idle: 3,
            writing: 2,
            ..ByState::default()
        };
        counters.pass_time(&workers, Duration::from_millis(500));
        let expected = ByState {
            idle: 1.5,
            writing: 1.0,
            ..ByState::default()
        };
        assert_eq!(counters.worker_seconds(), expected);
    }
}
