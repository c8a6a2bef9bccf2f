//! Whether an interval at 95 % holds what it says in 95 of 100 cases.

use super::*;
use crate::tune::estimate::Estimate;
use crate::tune::simulated::normal;
use crate::tune::trial::Trial;

/// A capacity, and the numbers of workers at which it is measured.
type Case = (fn(f64) -> f64, &'static [usize]);

fn usl(workers: f64) -> f64 {
    let others = workers - 1.0;
    500.0 * workers / (1.0 + 0.03 * others + 0.0015 * workers * others)
}

fn capped(workers: f64) -> f64 {
    (465.0 * workers).min(4650.0)
}

/// How many intervals of throughput hold the truth, of how many: at few, some and many workers.
fn covered(seeds: std::ops::Range<u64>) -> (usize, usize) {
    const SWEPT: &[usize] = &[1, 2, 4, 8, 16, 32, 48];
    const CASES: [Case; 2] = [(usl, SWEPT), (capped, SWEPT)];
    let (mut inside, mut all) = (0, 0);
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
        let estimate = Estimate::with(&trials, 100, seed).unwrap();
        for workers in [2, 8, 32] {
            let band = estimate.band(workers).unwrap();
            let truth = capacity(band.workers as f64);
            all += 1;
            inside += usize::from((band.interval.low..=band.interval.high).contains(&truth));
        }
    }
    (inside, all)
}

fn trial(workers: usize, goodput: f64) -> Trial {
    let order = Order {
        purpose: Purpose::Sweep,
        candidate: Candidate { workers, queue: 4 },
        offered: Offered::Rate(1.0),
        length: Duration::from_secs(1),
    };
    let mut server = Simulated::new(0, 0.0, |_| goodput);
    let trial = server.run(&order).unwrap();
    Trial { goodput, ..trial }
}

#[test]
fn of_the_intervals_of_a_thousand_noisy_sweeps_92_to_98_per_cent_hold_the_truth() {
    let parts = std::thread::scope(|scope| {
        let halves = [0..500, 500..1000].map(|seeds| scope.spawn(|| covered(seeds)));
        halves.map(|half| half.join().unwrap())
    });
    let inside = parts.iter().map(|(inside, _)| inside).sum::<usize>();
    let all = parts.iter().map(|(_, all)| all).sum::<usize>();
    let share = inside as f64 / all as f64;
    println!("covered {share:.3} of {all}");
    assert!((0.92..=0.98).contains(&share), "{share}");
}
