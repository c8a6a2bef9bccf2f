//! For tests: an event-by-event simulation of a pool, and random clients.

use std::collections::VecDeque;
use std::time::Duration;

use fastrand::Rng;

use super::observation::{Machine, Observation, Record, SessionId, UnderWay};
use super::queue_timeout::QueueTimeout;
use super::{Fate, Nanos, nanos};

/// A pool of workers behind a queue, without any optimisation.
struct Naive {
    /// When each worker comes free; `None` for a free worker.
    workers: Vec<Option<Nanos>>,
    /// The waiting arrivals: index and arrival time.
    queue: VecDeque<(usize, Nanos)>,
    /// The start of the time in which the queue has held entries, except for short breaks.
    held_since: Nanos,
    /// When the last entry left the queue.
    last_left: Nanos,
    fates: Vec<Option<Fate>>,
}

/// The fate of each arrival. An arrival is its moment and its session's length; arrivals are in order.
///
/// At one moment workers come free first, then waits expire, then clients arrive.
pub(crate) fn simulate(
    workers: usize,
    places: usize,
    timeout: QueueTimeout,
    arrivals: &[(Nanos, Nanos)],
) -> Vec<Fate> {
    let mut pool = Naive {
        workers: vec![None; workers],
        queue: VecDeque::new(),
        held_since: 0,
        last_left: 0,
        fates: vec![None; arrivals.len()],
    };
    for (index, (at, _)) in arrivals.iter().enumerate() {
        pool.run(*at, timeout, arrivals);
        if let Some(worker) = pool.workers.iter().position(Option::is_none) {
            pool.serve(worker, index, *at, arrivals);
        } else if pool.queue.len() < places {
            let rested = nanos(timeout.rested);
            if pool.queue.is_empty() && at.saturating_sub(pool.last_left) >= rested {
                pool.held_since = *at;
            }
            pool.queue.push_back((index, *at));
        } else {
            pool.fates[index] = Some(Fate::Refused);
        }
    }
    pool.run(Nanos::MAX, timeout, arrivals);
    pool.fates.into_iter().map(Option::unwrap).collect()
}

impl Naive {
    /// Runs all events until this moment.
    fn run(&mut self, until: Nanos, timeout: QueueTimeout, arrivals: &[(Nanos, Nanos)]) {
        loop {
            let busy = self.workers.iter().enumerate();
            let free = busy
                .filter_map(|(worker, free)| Some(((*free)?, worker)))
                .min();
            let over = self.over(timeout);
            match (free, over) {
                (Some((free, worker)), over)
                    if free <= until && over.is_none_or(|it| free <= it) =>
                {
                    self.workers[worker] = None;
                    if let Some((next, _)) = self.queue.pop_front() {
                        self.last_left = free;
                        self.serve(worker, next, free, arrivals);
                    }
                }
                (_, Some(over)) if over <= until => {
                    let (refused, _) = self.queue.pop_front().unwrap();
                    self.last_left = over;
                    self.fates[refused] = Some(Fate::Refused);
                }
                _ => return,
            }
        }
    }

    /// When the first waiting arrival reaches its limit.
    fn over(&self, timeout: QueueTimeout) -> Option<Nanos> {
        let (_, since) = *self.queue.front()?;
        let normal = since.saturating_add(nanos(timeout.normal?));
        let held = Duration::from_nanos(since.saturating_sub(self.held_since));
        let kept = QueueTimeout::kept(self.workers.len());
        Some(match (timeout.busy_limit(held), self.queue.get(kept)) {
            (Some(busy), Some((_, many))) => normal.min((since + nanos(busy)).max(*many)),
            _ => normal,
        })
    }

    fn serve(&mut self, worker: usize, index: usize, start: Nanos, arrivals: &[(Nanos, Nanos)]) {
        let (at, length) = arrivals[index];
        self.workers[worker] = Some(start + length);
        self.fates[index] = Some(Fate::Waited(start - at));
    }
}

/// A client of a server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client {
    pub(crate) arrived: Nanos,
    pub(crate) waited: Nanos,
    /// How long the session lasted; `None` if the client was refused after the wait.
    pub(crate) lasted: Option<Nanos>,
}

impl Client {
    /// When a worker took the session, or when the client was refused.
    pub(crate) fn began(&self) -> Nanos {
        self.arrived + self.waited
    }

    pub(crate) fn ended(&self) -> Nanos {
        self.began() + self.lasted.unwrap_or(0)
    }
}

/// A server with a given list of clients, for observations.
#[derive(Debug)]
pub(crate) struct Server {
    clients: Vec<Client>,
    looked: Nanos,
    under_way: Vec<UnderWay>,
    records: Vec<Record>,
}

impl Server {
    pub(crate) fn of(clients: Vec<Client>) -> Self {
        Self {
            clients,
            looked: 0,
            under_way: Vec::new(),
            records: Vec::new(),
        }
    }

    /// The observation at this moment, which must be later than the last.
    pub(crate) fn look(&mut self, now: Nanos) -> Observation<'_> {
        let time = Duration::from_nanos;
        self.under_way.clear();
        self.records.clear();
        let mut oldest_waiting = None;
        for (number, client) in (0..).zip(&self.clients) {
            let session = SessionId { worker: 0, number };
            let (arrived, waited) = (time(client.arrived), time(client.waited));
            if (self.looked + 1..=now).contains(&client.ended()) {
                self.records.push(match client.lasted.map(time) {
                    Some(lasted) => Record::Served {
                        session,
                        arrived,
                        waited,
                        lasted,
                    },
                    None => Record::Refused { arrived },
                });
            } else if (client.began()..client.ended()).contains(&now) {
                self.under_way.push(UnderWay {
                    session,
                    arrived,
                    waited,
                });
            } else if (client.arrived..client.began()).contains(&now) {
                oldest_waiting = oldest_waiting.into_iter().chain([arrived]).min();
            }
        }
        self.looked = now;
        Observation {
            now: time(now),
            oldest_waiting,
            under_way: &self.under_way,
            records: &self.records,
            machine: Machine::default(),
        }
    }
}

/// A random exponential time with this mean.
pub(crate) fn exponential(random: &mut Rng, mean: f64) -> Nanos {
    (-mean * (1.0 - random.f64()).ln()) as Nanos
}
