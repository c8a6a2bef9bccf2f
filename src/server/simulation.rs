//! Test simulation of queue, fairness and reclaiming in virtual time, with scripted clients.
//!
//! The lines, the fairness and the order of closing are the server's code. Workers, the reaper's tick and
//! the clients are simulated events, so a minute of 256 workers takes a moment.

mod script;
mod tests;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use fastrand::Rng;

use self::script::{End, Script, Visit};
use super::clients::{ClientUse, Fairness, is_little, seconds_with};
use super::ledger::Outcome;
use super::queue::{Lines, PoolState};
use super::reaper::reclaim::{Candidate, heaviest_first, most_a_tick};
use super::tick::{TICK, Tick};
use crate::whatif::QueueTimeout;

/// The settings of a pool.
#[derive(Debug, Clone, Copy)]
struct Pool {
    workers: usize,
    places: usize,
    timeout: QueueTimeout,
    turn: Option<Duration>,
}

#[derive(Debug, Clone, Copy)]
struct Connection {
    script: usize,
    address: u32,
    began: Instant,
    /// The time for which it holds a worker; `None` if the client never ends it.
    length: Option<Duration>,
    client: ClientUse,
}

#[derive(Debug, Clone, Copy)]
struct Running {
    connection: Connection,
    begun: Instant,
    /// The client's use of the pool at the last charge.
    seconds: f32,
    charged: Instant,
    /// The number of the session.
    number: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Tick,
    Arrives(usize),
    Ends { worker: usize, number: u64 },
}

struct Simulation {
    pool: Pool,
    scripts: Vec<Script>,
    epoch: Instant,
    now: Instant,
    events: BinaryHeap<Reverse<(Instant, u64, Event)>>,
    scheduled: u64,
    lines: Lines<Connection>,
    fairness: Fairness,
    workers: Vec<Option<Running>>,
    idle: Vec<usize>,
    begun: u64,
    ticks: u32,
    next_address: u32,
    random: Rng,
    visits: Vec<Visit>,
}

/// Simulates a pool and its clients for this length, and returns the end of every connection.
fn simulate(pool: Pool, scripts: &[Script], length: Duration, seed: u64) -> Vec<Visit> {
    let epoch = Instant::now();
    let mut simulation = Simulation {
        pool,
        scripts: scripts.to_vec(),
        epoch,
        now: epoch,
        events: BinaryHeap::new(),
        scheduled: 0,
        lines: Lines::of(pool.workers + pool.places, pool.timeout),
        fairness: Fairness::of(pool.workers + pool.places),
        workers: vec![None; pool.workers],
        idle: (0..pool.workers).collect(),
        begun: 0,
        ticks: 0,
        next_address: 1 << 24,
        random: Rng::with_seed(seed),
        visits: Vec::new(),
    };
    simulation.run(length);
    simulation.visits
}

impl Simulation {
    fn run(&mut self, length: Duration) {
        self.schedule(TICK, Event::Tick);
        for script in 0..self.scripts.len() {
            let first = match &self.scripts[script] {
                Script::Stream { rates, .. } => self.exponential(1.0 / rates[0].1),
                // These clients begin after the first second.
                Script::Behaves { interval, .. } => {
                    Duration::from_secs(1) + interval.mul_f64(self.random.f64())
                }
                _ => Duration::from_secs_f64(self.random.f64() / 2.0),
            };
            self.schedule(first, Event::Arrives(script));
        }
        while let Some(Reverse((at, _, event))) = self.events.pop() {
            if at - self.epoch > length {
                return;
            }
            self.now = at;
            match event {
                Event::Tick => self.tick(),
                Event::Arrives(script) => self.arrive(script),
                Event::Ends { worker, number } => self.end(worker, number),
            }
        }
    }

    fn schedule(&mut self, after: Duration, event: Event) {
        self.scheduled += 1;
        let event = Reverse((self.now + after, self.scheduled, event));
        self.events.push(event);
    }

    fn exponential(&mut self, mean: f64) -> Duration {
        Duration::from_secs_f64(-mean * (1.0 - self.random.f64()).ln())
    }

    fn arrive(&mut self, script: usize) {
        let (address, length) = match self.scripts[script].clone() {
            Script::Stream { mean, rates, .. } => {
                let since = self.now - self.epoch;
                if let Some((_, rate)) = rates.iter().find(|(until, _)| *until > since) {
                    let next = self.exponential(1.0 / rate);
                    self.schedule(next, Event::Arrives(script));
                }
                self.next_address += 1;
                let length = self.exponential(mean.as_secs_f64());
                (self.next_address, Some(length))
            }
            Script::Behaves { address, interval } => {
                self.schedule(interval, Event::Arrives(script));
                (address, Some(Duration::from_millis(1)))
            }
            Script::Repeats {
                address, length, ..
            } => (address, Some(length)),
            Script::Stays { address } => (address, None),
        };
        let client = self.fairness.ask(ip(address), self.now);
        let connection = Connection {
            script,
            address,
            began: self.now,
            length,
            client,
        };
        let most = self.pool.places + self.idle.len();
        match self.lines.admit(connection, client, most, self.now) {
            Ok(displaced) => displaced.into_iter().for_each(|it| self.refuse(it)),
            Err(refused) => self.refuse(refused),
        }
        self.lines.note(self.pool(), self.now);
        self.fill();
    }

    fn pool(&self) -> PoolState {
        PoolState {
            workers: self.pool.workers,
            idle: self.idle.len(),
        }
    }

    /// Assigns waiting connections to idle workers.
    fn fill(&mut self) {
        while let Some(worker) = self.idle.last().copied() {
            let Some(connection) = self.lines.take(self.pool(), self.now) else {
                break;
            };
            self.idle.pop();
            self.lines.note(self.pool(), self.now);
            self.begun += 1;
            let number = self.begun;
            if let Some(length) = connection.length {
                self.schedule(length, Event::Ends { worker, number });
            }
            self.workers[worker] = Some(Running {
                connection,
                begun: self.now,
                seconds: connection.client.seconds,
                charged: self.now,
                number,
            });
        }
    }

    fn end(&mut self, worker: usize, number: u64) {
        // The session may have been closed before.
        if self.workers[worker].is_some_and(|it| it.number == number) {
            let connection = self.free(worker, Outcome::Quit);
            let lasted = self.now - connection.began;
            self.leave(connection, End::Served(lasted));
            self.fill();
        }
    }

    fn free(&mut self, worker: usize, outcome: Outcome) -> Connection {
        let running = self.workers[worker].take().unwrap();
        self.idle.push(worker);
        let held = self.now - running.charged;
        let client = running.connection.client;
        self.fairness.end(client, held, outcome, self.now);
        running.connection
    }

    fn refuse(&mut self, connection: Connection) {
        let waited = self.now - connection.began;
        self.fairness.refuse(connection.client, self.now);
        self.leave(connection, End::Refused(waited));
    }

    fn leave(&mut self, connection: Connection, end: End) {
        self.visits.push(Visit {
            script: connection.script,
            began: connection.began - self.epoch,
            end,
        });
        let pause = match self.scripts[connection.script] {
            Script::Stream { .. } | Script::Behaves { .. } => return,
            Script::Repeats { pause, .. } => pause,
            Script::Stays { .. } => Duration::ZERO,
        };
        // A reconnect takes a moment, with some jitter.
        let pause = pause.max(Duration::from_millis(1));
        let pause = pause.mul_f64(0.9 + 0.2 * self.random.f64());
        self.schedule(pause, Event::Arrives(connection.script));
    }

    /// Charges the clients of all sessions older than a second.
    fn charge_clients(&mut self) {
        for running in self.workers.iter_mut().flatten() {
            if self.now - running.begun >= Duration::from_secs(1) {
                let (client, held) = (ip(running.connection.address), self.now - running.charged);
                running.seconds = self.fairness.charge(client, held, self.now);
                running.charged = self.now;
            }
        }
    }

    fn tick(&mut self) {
        self.schedule(TICK, Event::Tick);
        self.ticks += 1;
        if self.ticks.is_multiple_of(50) {
            self.charge_clients();
        }
        while let Some(late) = self.lines.take_late(self.pool(), self.now) {
            self.refuse(late);
            self.lines.note(self.pool(), self.now);
        }
        self.lines.note(self.pool(), self.now);
        self.fill();
        self.reclaim();
    }

    fn reclaim(&mut self) {
        let running: Vec<_> = (self.workers.iter().enumerate())
            .filter_map(|(worker, running)| {
                let running = running.as_ref()?;
                let held = self.now - running.begun;
                let seconds = seconds_with(running.seconds, self.now - running.charged);
                Some((worker, held, seconds))
            })
            .collect();
        let seconds: f32 = running.iter().map(|(.., seconds)| seconds).sum();
        let clients = running.len() + self.lines.len();
        let mean = (seconds + self.lines.seconds()) / clients.max(1) as f32;
        self.fairness.set_mean(mean);
        let Some(turn) = self.pool.turn else { return };
        let mut candidates: Vec<_> = (running.into_iter())
            .filter(|(_, held, _)| *held >= turn)
            .map(|(worker, held, seconds)| Candidate {
                seconds,
                begun: Tick(u64::MAX - held.as_millis() as u64),
                session: worker,
            })
            .collect();
        let only_client = self.lines.only_client();
        let use_of = |client| self.fairness.seconds(client, self.now);
        let seconds = only_client.map_or(0.0, use_of);
        candidates.retain(|it| !is_little(it.seconds, seconds));
        candidates.sort_by(heaviest_first);
        let in_need = self.lines.in_need(self.pool(), self.now);
        let most = in_need.min(most_a_tick(self.pool.workers));
        for candidate in candidates.into_iter().take(most) {
            let connection = self.free(candidate.session, Outcome::Reclaimed);
            let lasted = self.now - connection.began;
            self.leave(connection, End::Closed(lasted));
            self.fill();
        }
    }
}

fn ip(address: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(address))
}
