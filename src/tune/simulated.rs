//! Simulated servers for tests: known throughput in virtual time.

use std::time::Duration;

use fastrand::Rng;

use super::{Evidence, Latency, Offered, Split, Target, TargetError, Trial, TrialRequest};
use crate::base::statistics::normal;

/// How long a trial takes besides measuring.
pub(super) const OVERHEAD: Duration = Duration::from_millis(300);

/// A server that gives `capacity(workers)` sessions per second, plus noise.
pub(super) struct Simulated<F> {
    pub(super) capacity: F,
    /// The standard deviation of a run, as a share.
    pub(super) noise: f64,
    /// The change of throughput in a minute, as a share.
    pub(super) drift: f64,
    pub(super) random: Rng,
    pub(super) now: Duration,
}

impl<F: Fn(usize) -> f64> Simulated<F> {
    pub(super) fn new(seed: u64, noise: f64, capacity: F) -> Self {
        Self {
            capacity,
            noise,
            drift: 0.0,
            random: Rng::with_seed(seed),
            now: Duration::from_secs(4),
        }
    }
}

impl<F: Fn(usize) -> f64> Target for Simulated<F> {
    fn run(&mut self, request: &TrialRequest) -> Result<Trial, TargetError> {
        let began = self.now;
        let took = request.length + OVERHEAD;
        self.now += took;
        let log = self.noise * normal(&mut self.random) + self.drift * began.as_secs_f64() / 60.0;
        let workers = request.candidate.workers as f64;
        let capacity = (self.capacity)(request.candidate.workers) * log.exp();
        let service = workers / capacity;
        let (goodput, wait, refused) = served(request, capacity);
        let busy = goodput / capacity;
        let at = |waits: f64, services: f64| {
            Duration::from_secs_f64(0.000_08 + waits * wait + services * service)
        };
        Ok(Trial {
            purpose: request.purpose,
            candidate: request.candidate,
            offered: request.offered,
            began,
            took,
            length: request.length,
            goodput,
            latency: Latency {
                p50: at(1.0, 1.0),
                p95: at(1.2, 1.1),
                p99: at(1.3, 1.3),
            },
            split: Split {
                connect: Duration::from_micros(50),
                queue: Duration::from_secs_f64(wait),
                service: Duration::from_secs_f64(service),
                close: Duration::from_micros(30),
            },
            refused,
            failed: 0.0,
            strain: None,
            evidence: Evidence {
                client_busy: goodput / 20_000.0,
                client_cpu: Some(goodput / 40_000.0),
                server_cpu: Some(goodput / 25_000.0),
                occupied: Some(busy),
                working: Some(busy),
                ..Evidence::default()
            },
            doubts: Vec::new(),
        })
    }
}

/// The sessions per second of a number of workers, if sessions sleep for 2 ms and at most ten run at
/// once.
pub(super) fn sleeping(workers: usize) -> f64 {
    (workers as f64 * 465.0).min(4650.0)
}

/// The served rate, the wait in seconds, and the refused share.
fn served(request: &TrialRequest, capacity: f64) -> (f64, f64, f64) {
    let workers = request.candidate.workers as f64;
    let queue = request.candidate.queue as f64;
    let service = workers / capacity;
    match request.offered {
        Offered::Clients { clients, think } => {
            let clients = clients as f64;
            let round = service + think.as_secs_f64();
            let goodput = capacity.min(clients / round);
            let waiting = (clients - goodput * round).min(queue);
            let turned = (clients - workers - queue).max(0.0) / clients;
            (goodput, waiting / goodput, turned)
        }
        Offered::Rate(rate) if rate >= capacity => {
            (capacity, queue / capacity, 1.0 - capacity / rate)
        }
        Offered::Rate(rate) => {
            let busy = rate / capacity;
            let wait = service / workers * busy / (1.0 - busy);
            (rate, wait.min(queue / capacity), 0.0)
        }
    }
}
