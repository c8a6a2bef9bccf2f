//! A pool behind a queue as queueing theory has it: `M/M/c/K`, with Allen's and Cunneen's correction for
//! sessions that are more or less alike than exponential ones.
//!
//! Sessions come at random at a rate `lambda`, each keeps one of `c` workers for a time whose mean is `S`
//! and whose variance is `variability` times the square of that, and who finds `K - c` others waiting
//! is refused. Waits are those of exponential sessions times `f = (1 + variability) / 2` (Allen 1990), and
//! so the queue of `K - c` places is worth `(K - c) / f` of exponential ones: its length in time stays what
//! it is.

use std::time::Duration;

use crate::base::statistics::student::log_gamma;
use crate::base::{as_f64, whole};

/// The most places that are looked at one by one.
const MOST_PLACES: f64 = 65_536.0;

/// A pool and what comes to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Station {
    pub(super) workers: usize,
    /// Places in the queue.
    pub(super) places: usize,
    /// Sessions that come in a second.
    pub(super) rate: f64,
    /// How long one keeps a worker, in seconds.
    pub(super) service: f64,
    /// The variance of that over the square of its mean.
    pub(super) variability: f64,
}

impl Station {
    /// The share of sessions, 0 to 1, that are refused.
    pub(super) fn refused(&self) -> f64 {
        let (load, places) = (self.load(), self.exponential_places());
        if load <= 0.0 {
            return 0.0;
        }
        // With every term over that of a full queue, which may be larger than any number.
        let rest = load.powf(-places);
        1.0 / (rest / self.erlang_b() + sum_of_powers(1.0 / load, places))
    }

    /// What this share of the admitted sessions does not wait longer than.
    pub(super) fn wait(&self, quantile: f64) -> Duration {
        let longer = 1.0 - quantile;
        if self.load() <= 0.0 || self.waits_longer(0.0) <= longer {
            return Duration::ZERO;
        }
        let (mut low, mut high) = (0.0, self.service);
        // Ends: nobody waits for ever behind a queue that has an end.
        while self.waits_longer(high) > longer && high < 1e9 {
            high *= 2.0;
        }
        // A millionth of what it is, or less.
        for _ in 0..30 {
            let middle = f64::midpoint(low, high);
            if self.waits_longer(middle) > longer {
                low = middle;
            } else {
                high = middle;
            }
        }
        Duration::try_from_secs_f64(high).unwrap_or(Duration::MAX)
    }

    /// The share of the admitted sessions that waits longer than so many seconds: those who find `j`
    /// others waiting wait for `j + 1` ends of sessions.
    fn waits_longer(&self, seconds: f64) -> f64 {
        let load = self.load();
        let places = self.exponential_places().round().max(1.0);
        let ends = seconds / self.factor() * as_f64(self.workers) / self.service;
        let refused = self.refused();
        // The chance to find j waiting, over the chance to be admitted, added up from j on.
        let from = |j: f64| {
            if load < 1.0 {
                let full = 1.0 / (1.0 / self.erlang_b() + load * sum_of_powers(load, places));
                full * load.powf(j) * sum_of_powers(load, places - j) / (1.0 - refused)
            } else {
                refused / load * sum_of_powers(1.0 / load, places - j) / (1.0 - refused)
            }
        };
        // Of the numbers of ends in that time all but those beyond any doubt.
        let reach = 9.0 * ends.sqrt() + 12.0;
        let first = (ends - reach).max(0.0).floor();
        let count = (ends + reach).min(places) - first;
        let numbers = (0..whole(count.clamp(0.0, MOST_PLACES).ceil())).map(|i| first + as_f64(i));
        let numbers = numbers.filter(|number| *number < places);
        numbers
            .map(|number| poisson(number, ends) * from(number))
            .sum()
    }

    /// The sessions at work, in the mean, for each worker, if none were refused.
    fn load(&self) -> f64 {
        self.rate * self.service / as_f64(self.workers)
    }

    fn factor(&self) -> f64 {
        f64::midpoint(1.0, self.variability.max(0.0))
    }

    fn exponential_places(&self) -> f64 {
        (as_f64(self.places) / self.factor()).min(MOST_PLACES)
    }

    /// The share that would be refused without a queue (Erlang 1917).
    fn erlang_b(&self) -> f64 {
        let sessions = self.rate * self.service;
        let workers = (1..=self.workers).map(as_f64);
        workers.fold(1.0, |refused, workers| {
            sessions * refused / (workers + sessions * refused)
        })
    }
}

/// `1 + x + x^2 + ...`, so many terms, of which there may be a part.
fn sum_of_powers(x: f64, terms: f64) -> f64 {
    if (x - 1.0).abs() < 1e-9 {
        terms
    } else {
        (1.0 - x.powf(terms)) / (1.0 - x)
    }
}

/// The chance of so many events where there are `mean` of them in the mean.
fn poisson(number: f64, mean: f64) -> f64 {
    if mean <= 0.0 {
        return if number <= 0.0 { 1.0 } else { 0.0 };
    }
    (number * mean.ln() - mean - log_gamma(number + 1.0)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fastrand::Rng;

    fn station(workers: usize, places: usize, load: f64, variability: f64) -> Station {
        let service = 0.002;
        Station {
            workers,
            places,
            rate: load * workers as f64 / service,
            service,
            variability,
        }
    }

    #[test]
    fn one_worker_refuses_what_the_closed_form_says() {
        for load in [0.3, 0.9, 1.0, 1.5] {
            let all: f64 = (0..=11).map(|n| f64::powi(load, n)).sum();
            let refused = station(1, 10, load, 1.0).refused();
            assert!((refused - load.powi(11) / all).abs() < 1e-9, "{load}");
        }
    }

    #[test]
    fn waits_behind_an_endless_queue_are_those_of_erlang() {
        // C(c, a) exp(-(c - a) t / S), and for two workers C = 2 rho^2 / (1 + rho).
        let rho = 0.9_f64;
        let all_busy = 2.0 * rho * rho / (1.0 + rho);
        let wait = station(2, 5000, rho, 1.0).wait(0.99).as_secs_f64();
        let exact = (all_busy / 0.01).ln() * 0.002 / (2.0 * (1.0 - rho));
        assert!((wait / exact - 1.0).abs() < 1e-3, "{wait} {exact}");
    }

    #[test]
    fn no_load_and_far_too_much_are_no_trouble() {
        let idle = station(1000, 65_536, 0.0, 0.0);
        assert_eq!((idle.refused(), idle.wait(0.99)), (0.0, Duration::ZERO));
        let light = station(4000, 65_536, 0.1, 0.0);
        assert_eq!((light.refused(), light.wait(0.99)), (0.0, Duration::ZERO));
        let flooded = station(4, 16_000, 40.0, 1.0);
        assert!((flooded.refused() - 39.0 / 40.0).abs() < 1e-9);
        // Everybody waits for the whole queue.
        let wait = flooded.wait(0.5).as_secs_f64();
        assert!((wait / 8.0 - 1.0).abs() < 0.01, "{wait}");
    }

    /// What a simulation of a hundred thousand sessions refuses, and the 99th percentile of its waits.
    fn simulated(station: &Station, length: impl Fn(&mut Rng) -> f64) -> (f64, f64) {
        let mut random = Rng::with_seed(7);
        let (mut now, mut refused, mut waits) = (0.0, 0, Vec::new());
        let mut free = vec![0.0_f64; station.workers];
        let mut begins: Vec<f64> = Vec::new();
        for _ in 0..100_000 {
            now -= (1.0 - random.f64()).ln() / station.rate;
            begins.retain(|begin| *begin > now);
            if begins.len() >= station.places {
                refused += 1;
                continue;
            }
            let next = free.iter_mut().min_by(|a, b| a.total_cmp(b)).unwrap();
            let begin = next.max(now);
            *next = begin + length(&mut random) * station.service;
            if begin > now {
                begins.push(begin);
            }
            waits.push(begin - now);
        }
        waits.sort_by(f64::total_cmp);
        (f64::from(refused) / 1e5, waits[waits.len() * 99 / 100])
    }

    #[test]
    fn a_simulation_shows_the_same() {
        for (workers, places, load) in [(4, 16, 0.95), (8, 8, 0.9), (2, 40, 1.2)] {
            let exact = station(workers, places, load, 1.0);
            let exponential = |random: &mut Rng| -(1.0 - random.f64()).ln();
            let (refused, p99) = simulated(&exact, exponential);
            let said = (exact.refused(), exact.wait(0.99).as_secs_f64());
            // As far as so few sessions in a row that depend on each other tell.
            assert!((said.0 - refused).abs() < 0.015, "{said:?} {refused}");
            assert!((said.1 / p99 - 1.0).abs() < 0.05, "{said:?} {p99}");

            // The correction is an approximation, and this is how good it is.
            let alike = station(workers, places, load, 0.0);
            let (refused, p99) = simulated(&alike, |_| 1.0);
            let said = (alike.refused(), alike.wait(0.99).as_secs_f64());
            assert!((said.0 - refused).abs() < 0.02, "{said:?} {refused}");
            assert!((said.1 / p99 - 1.0).abs() < 0.3, "{said:?} {p99}");
        }
    }
}
