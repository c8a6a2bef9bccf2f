//! For tests: servers whose throughput is known, in virtual time.

use std::time::Duration;

use fastrand::Rng;

use super::{Candidate, Evidence, Latency, Target, TargetError, Trial};

/// How long a trial takes besides measuring.
pub(super) const OVERHEAD: Duration = Duration::from_millis(300);

/// A server that gives `capacity(workers)` sessions a second, more or less.
pub(super) struct Simulated<F> {
    pub(super) capacity: F,
    /// The standard deviation of a run, relative to it.
    pub(super) noise: f64,
    /// The change in a minute, relative to what is given.
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
            now: Duration::ZERO,
        }
    }
}

impl<F: Fn(usize) -> f64> Target for Simulated<F> {
    fn run(&mut self, candidate: Candidate, length: Duration) -> Result<Trial, TargetError> {
        let began = self.now;
        let took = length + OVERHEAD;
        self.now += took;
        let log = self.noise * normal(&mut self.random) + self.drift * began.as_secs_f64() / 60.0;
        let goodput = (self.capacity)(candidate.workers) * log.exp();
        let typical = Duration::from_secs_f64(candidate.workers as f64 / goodput);
        Ok(Trial {
            candidate,
            began,
            took,
            length,
            goodput,
            latency: Latency {
                p50: typical,
                p95: typical * 2,
                p99: typical * 3,
            },
            refused: 0.0,
            strain: None,
            evidence: Evidence::default(),
            doubts: Vec::new(),
        })
    }
}

/// A standard normal number, by the method of Box and Muller.
pub(super) fn normal(random: &mut Rng) -> f64 {
    let radius = (-2.0 * (1.0 - random.f64()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.f64()).cos()
}
