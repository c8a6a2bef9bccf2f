//! What the advisor costs: a second of sessions replayed through seven pools, and the advice made of
//! them.
//!
//! The load keeps one worker busy, or a hundred, or so many that half the workers, the smallest pool
//! that is tried, would have been too few.

use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion};
use fastrand::Rng;
use jamd::whatif::{Advisor, Machine, Observation, Pool, QueueTimeout, Record, SessionId};

use crate::elements;

/// As many as may be replayed for no more than a hundredth of a core.
const SESSIONS_PER_SECOND: usize = 20_000;

/// The mean time from one arrival to the next.
const GAP: Duration = Duration::from_micros(50);

const LOOKS_PER_SECOND: usize = 10;

const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Measures a second of the advisor's work for a few pools.
pub(crate) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("whatif");
    for (name, workers, occupied) in [
        ("few busy", 4, 1.0),
        ("half too small", 8, 5.0),
        ("many busy", 256, 100.0),
    ] {
        let mut traffic = Traffic::new(occupied);
        let settings = Pool {
            workers,
            places: 1024,
            timeout: QueueTimeout::of(
                Some(Duration::from_secs(1)),
                Some(Duration::from_millis(100)),
            ),
        };
        let mut advisor = Advisor::new(settings, Duration::ZERO);
        // Until every slice of a minute has something in it, and the smallest pool its full queue.
        for _ in 0..60 * LOOKS_PER_SECOND {
            look(&mut advisor, &traffic.next_look());
        }
        group.throughput(elements(SESSIONS_PER_SECOND));
        group.bench_function(BenchmarkId::new("second", name), |bench| {
            let second = || [(); LOOKS_PER_SECOND].map(|()| traffic.next_look());
            let advise = |looks: [Seen; LOOKS_PER_SECOND]| {
                for seen in &looks {
                    look(&mut advisor, seen);
                }
            };
            bench.iter_batched(second, advise, BatchSize::LargeInput);
        });
        group.throughput(elements(1));
        group.bench_function(BenchmarkId::new("advice", name), |bench| {
            bench.iter(|| advisor.advice());
        });
    }
    group.finish();
}

fn look(advisor: &mut Advisor, seen: &Seen) {
    advisor.look(&Observation {
        now: seen.now,
        oldest_waiting: seen.oldest_under_way,
        under_way: &[],
        records: &seen.records,
        machine: Machine::default(),
    });
}

/// What one look sees.
struct Seen {
    now: Duration,
    /// What waits for a session under way waits for one in the queue alike.
    oldest_under_way: Option<Duration>,
    records: Vec<Record>,
}

/// Sessions that come and last by chance, and that nobody had to wait for.
struct Traffic {
    random: Rng,
    at: Duration,
    /// How many workers are occupied in the mean.
    occupied: f64,
    looked: Duration,
    /// In the order in which they end.
    records: Vec<(Duration, Record)>,
}

impl Traffic {
    fn new(occupied: f64) -> Self {
        Self {
            random: Rng::with_seed(7),
            at: Duration::ZERO,
            occupied,
            looked: Duration::ZERO,
            records: Vec::new(),
        }
    }

    fn next_look(&mut self) -> Seen {
        let now = self.looked + BETWEEN_LOOKS;
        while self.at < now {
            self.at += exponential(&mut self.random, GAP);
            let lasted = exponential(&mut self.random, GAP.mul_f64(self.occupied));
            let record = Record::Served {
                session: SessionId {
                    worker: 0,
                    number: 0,
                },
                arrived: self.at,
                waited: Duration::ZERO,
                lasted,
            };
            self.records.push((self.at + lasted, record));
        }
        self.looked = now;
        self.records.sort_by_key(|(ended, _)| *ended);
        let ended = self.records.partition_point(|(ended, _)| *ended <= now);
        let records = self.records.drain(..ended).map(|(_, record)| record);
        let records = records.collect();
        let begun = self.records.iter().map(|(_, record)| match record {
            Record::Served { arrived, .. } | Record::Refused { arrived } => *arrived,
        });
        Seen {
            now,
            oldest_under_way: begun.min(),
            records,
        }
    }
}

/// An exponential time with this mean.
fn exponential(random: &mut Rng, mean: Duration) -> Duration {
    mean.mul_f64(-(1.0 - random.f64()).ln())
}
