//! What a server counts while it serves, in shards, so that no two threads meet at a counter.

use std::iter;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::histogram::{Histogram, Ladder, Reading};
use super::state::{ByState, State};

/// The most shards. A worker adds to the one that its number leads to; what matters is that the few that
/// run at a time hardly ever share one, and with one for each of ten thousand workers the counters would
/// take more memory than the sessions.
const MOST_SHARDS: usize = 64;

/// Counters of one server. They are only ever added to, the deferred connections excepted.
#[derive(Debug)]
pub struct Counters {
    /// The first stands apart, so that there always is one.
    first: Shard,
    others: Box<[Shard]>,
    /// Nanoseconds of all workers together, in each state; written by the reaper alone.
    time: ByState<AtomicU64>,
    deferred: AtomicUsize,
    accept_pauses: AtomicU64,
    accept_paused_nanos: AtomicU64,
}

/// What some of the workers have counted; on cache lines of its own.
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
    /// How long they then lasted.
    pub session: Reading,
    /// Commands that were answered in a session.
    pub session_commands: Reading,
    /// From the commands of one read to the last of their replies being with the kernel; a sample.
    pub answer: Reading,
}

/// Pauses of the acceptor because the machine was out of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pauses {
    /// How many there were.
    pub count: u64,
    /// How long they were together.
    pub time: Duration,
}

impl Shard {
    /// A worker took a session that had waited this long.
    pub fn session_began(&self, waited: Duration) {
        self.queue_wait.record_time(waited);
    }

    /// A session ended after this long and so many commands.
    pub fn session_ended(&self, lasted: Duration, commands: u64) {
        self.session.record_time(lasted);
        self.session_commands.record(Ladder::Numbers, commands);
    }

    /// The commands of one read were answered within this long.
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

    /// So many workers have been in these states for this long.
    pub fn pass_time(&self, workers: &ByState<usize>, time: Duration) {
        for state in State::ALL {
            let nanos = time.as_nanos().saturating_mul(*workers.of(state) as u128);
            let nanos = u64::try_from(nanos).unwrap_or(u64::MAX);
            self.time.of(state).fetch_add(nanos, Ordering::Relaxed);
        }
    }

    /// So many connections are in the deferred set now; written by the acceptor alone.
    pub fn set_deferred(&self, connections: usize) {
        self.deferred.store(connections, Ordering::Relaxed);
    }

    /// Connections in the deferred set.
    pub fn deferred(&self) -> usize {
        self.deferred.load(Ordering::Relaxed)
    }

    /// The acceptor pauses for this long.
    pub fn accept_pauses(&self, pause: Duration) {
        let nanos = u64::try_from(pause.as_nanos()).unwrap_or(u64::MAX);
        self.accept_pauses.fetch_add(1, Ordering::Relaxed);
        self.accept_paused_nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    /// For how long workers have been in each state, all of them together, in seconds.
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

    /// All shards added up.
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
