//! Tests that 95 % intervals hold the true value in 95 of 100 cases.

use super::*;
use crate::base::statistics::normal;
use crate::tune::estimate::Estimate;
use crate::tune::trial::Trial;

/// A capacity, and the measured numbers of workers.
type Case = (fn(f64) -> f64, &'static [usize]);

fn usl(workers: f64) -> f64 {
    let others = workers - 1.0;
    500.0 * workers / (1.0 + 0.03 * others + 0.0015 * workers * others)
}

fn capped(workers: f64) -> f64 {
    (465.0 * workers).min(4650.0)
}

/// Counts of intervals that hold the true value, with the totals.
#[derive(Default)]
struct Covered {
    /// The intervals of throughput, at few, some and many workers.
    goodput: (usize, usize),
    /// The intervals of the smallest number of workers within 3 % of the best.
    smallest: (usize, usize),
}

fn covered(seeds: std::ops::Range<u64>) -> Covered {
    const SWEPT: &[usize] = &[1, 2, 4, 8, 16, 32, 48];
    const CASES: [Case; 2] = [(usl, SWEPT), (capped, SWEPT)];
    let mut covered = Covered::default();
    for seed in seeds {
        let mut random = fastrand::Rng::with_seed(seed);
        let (capacity, swept) = CASES[seed as usize % CASES.len()];
        let noise = 0.10 + 0.25 * random.f64();
        let mut trials = Vec::new();
        for _ in 0..3 {
            for workers in swept {
                let goodput = capacity(*workers as f64) * (noise * normal(&mut random)).exp();
                trials.push(trial(*workers, goodput));
            }
        }
        let trials: Vec<&Trial> = trials.iter().collect();
        let estimate = Estimate::of(&trials, seed).unwrap();
        for workers in [2, 8, 32] {
            let band = estimate.band(workers).unwrap();
            let truth = capacity(band.workers as f64);
            let interval = band.interval.low..=band.interval.high;
            count(&mut covered.goodput, interval.contains(&truth));
        }
        let span = estimate.smallest.unwrap();
        let truth = smallest(capacity, 48);
        count(
            &mut covered.smallest,
            (span.low..=span.high).contains(&truth),
        );
    }
    covered
}

fn count((inside, all): &mut (usize, usize), is_inside: bool) {
    *inside += usize::from(is_inside);
    *all += 1;
}

/// The smallest number of workers within 3 % of the best.
fn smallest(capacity: fn(f64) -> f64, most: usize) -> usize {
    let of = |workers: usize| capacity(workers as f64);
    let best = (1..=most).map(of).fold(0.0, f64::max);
    let mut counts = 1..=most;
    counts.find(|it| of(*it) >= (1.0 - WITHIN) * best).unwrap()
}

fn trial(workers: usize, goodput: f64) -> Trial {
    let request = TrialRequest {
        purpose: Purpose::Sweep,
        candidate: Candidate { workers, queue: 4 },
        offered: Offered::Rate(1.0),
        length: Duration::from_secs(1),
    };
    let mut server = Simulated::new(0, 0.0, |_| goodput);
    let trial = server.run(&request).unwrap();
    Trial { goodput, ..trial }
}

#[test]
fn of_the_intervals_of_a_thousand_noisy_sweeps_92_to_98_per_cent_hold_the_truth() {
    let parts = std::thread::scope(|scope| {
        let halves = [0..500, 500..1000].map(|seeds| scope.spawn(|| covered(seeds)));
        halves.map(|half| half.join().unwrap())
    });
    let share = |of: fn(&Covered) -> (usize, usize)| {
        let (inside, all) = parts
            .iter()
            .map(of)
            .fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        (inside as f64 / all as f64, all)
    };
    let (goodput, all) = share(|it| it.goodput);
    let (smallest, _) = share(|it| it.smallest);
    println!("covered {goodput:.3} of {all}, the answer {smallest:.3}");
    assert!((0.92..=0.98).contains(&goodput), "{goodput}");
    assert!((0.92..=0.98).contains(&smallest), "{smallest}");
}
