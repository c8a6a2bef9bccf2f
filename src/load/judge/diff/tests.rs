//! Tests of the comparison: false alarms and missed differences, over runs with assumed noise.

use std::time::Duration;

use super::*;
use crate::load::{Outcome, Tally, merge, sample};

/// The deviation of a made-up run from the usual one, and its noise.
#[derive(Clone, Copy)]
struct Model {
    /// The factor by which everything takes longer.
    slower: f64,
    /// The share of sessions that are refused.
    busy: f64,
    /// The noise between runs of goodput, the median and the tail.
    noise: [f64; 3],
    /// Whether goodput and the median of a run deviate together, as in a closed loop.
    coupling: Coupling,
}

#[derive(Clone, Copy, PartialEq)]
enum Coupling {
    Coupled,
    Apart,
}

/// The noise of forty real runs, which the allowance for single runs covers.
const USUAL: Model = Model {
    slower: 1.0,
    busy: 0.0,
    noise: [0.092, 0.096, 0.106],
    coupling: Coupling::Coupled,
};

/// Noise from second to second, and its correlation with the previous second.
const WITHIN: (f64, f64) = (0.06, 0.5);

fn normal(random: &mut fastrand::Rng) -> f64 {
    let (u, v) = (1.0 - random.f64(), random.f64());
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

fn wander(seconds: usize, random: &mut fastrand::Rng) -> Vec<f64> {
    let (sigma, rho) = WITHIN;
    let mut state = normal(random);
    let steps = (0..seconds).map(|_| {
        state = rho * state + (1.0 - rho * rho).sqrt() * normal(random);
        (sigma * state).exp()
    });
    steps.collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Ten seconds of a closed loop, `index` minutes after the first.
fn run(model: Model, index: u64, random: &mut fastrand::Rng) -> Measurement {
    let [goodput, p50, p99] = model.noise.map(|sigma| (sigma * normal(random)).exp());
    let p50 = model.slower
        * if model.coupling == Coupling::Coupled {
            1.0 / goodput
        } else {
            p50
        };
    let (rate, p50, p99) = (
        5000.0 * goodput / model.slower,
        2_000.0 * p50,
        20_000.0 * p99 * model.slower,
    );
    let (speed, tail) = (wander(10, random), wander(10, random));
    let busy_share = model.busy * (0.2 * normal(random)).exp();
    let mut run = sample::closed_of_nothing();
    run.window.begin += Duration::from_secs(60 * index);
    run.window.elapsed = Duration::from_secs(10);
    for (at, (speed, tail)) in (0..).zip(speed.iter().zip(&tail)) {
        let good = (rate / speed) as u64;
        let busy = (good as f64 * busy_share) as u64;
        let ended = Ended {
            good,
            busy,
            failed: 0,
            replies: good,
        };
        run.ended.add(ended);
        run.seconds.push(crate::load::Second {
            at,
            length: Duration::from_secs(1),
            started: ended.attempts(),
            ended,
            p50_ns: (p50 * speed) as u64,
            p99_ns: (p99 * tail) as u64,
            ..Default::default()
        });
    }
    let mut tally = Tally::default();
    for index in 0..1000 {
        let ns = if index < 980 {
            p50 * mean(&speed)
        } else {
            p99 * mean(&tail)
        };
        tally.started += 1;
        let time = Duration::from_nanos(ns as u64);
        tally.end(Outcome::Good, time, time);
    }
    for _ in 0..(1000.0 * busy_share) as u64 {
        tally.started += 1;
        tally.end(
            Outcome::Busy,
            Duration::from_micros(90),
            Duration::from_micros(90),
        );
    }
    run.client.scheduled = tally.started;
    run.tally = tally;
    run
}

/// This many runs, merged if there are several.
fn side(model: Model, runs: u64, random: &mut fastrand::Rng) -> Measurement {
    let all: Vec<_> = (0..runs).map(|index| run(model, index, random)).collect();
    if let [one] = all.as_slice() {
        one.clone()
    } else {
        merge(&all).unwrap()
    }
}

/// The number of differences found in `pairs` comparisons of the second model with the first.
fn found(a: Model, b: Model, runs: u64, pairs: u64) -> usize {
    let differs = |seed: &u64| {
        let mut random = fastrand::Rng::with_seed(*seed);
        let (a, b) = (side(a, runs, &mut random), side(b, runs, &mut random));
        diff(&a, &b).found().next().is_some()
    };
    (0..pairs).filter(differs).count()
}

/// The usual noise, coupled and with independent figures.
fn usual() -> [Model; 2] {
    let apart = Coupling::Apart;
    [
        USUAL,
        Model {
            coupling: apart,
            ..USUAL
        },
    ]
}

#[test]
fn t18_of_a_hundred_self_comparisons_at_least_95_find_no_difference() {
    for model in usual() {
        let busy = Model {
            busy: 0.02,
            ..model
        };
        for (model, runs) in [(model, 1), (busy, 1), (model, 2), (model, 3)] {
            let alarms = found(model, model, runs, 100);
            assert!(alarms <= 5, "{alarms} of 100, {runs} runs a side");
        }
    }
}

#[test]
fn a_change_that_noise_does_not_make_is_found_in_nine_of_ten() {
    let quiet = Model {
        noise: [0.03, 0.03, 0.05],
        ..USUAL
    };
    for (model, runs, slower) in [(USUAL, 1, 1.8), (USUAL, 5, 1.3), (quiet, 5, 1.15)] {
        let hits = found(model, Model { slower, ..model }, runs, 50);
        assert!(hits >= 45, "{slower} in {hits} of 50, {runs} runs a side");
    }
}

fn finding_of(metric: Metric, a: &Measurement, b: &Measurement) -> Finding {
    let rows = diff(a, b).rows;
    rows.iter()
        .find(|row| row.metric == metric)
        .unwrap()
        .finding
}

fn one(model: Model, seed: u64) -> Measurement {
    run(model, 0, &mut fastrand::Rng::with_seed(seed))
}

#[test]
fn better_is_more_goodput_and_less_of_everything_else() {
    let (a, b) = (
        one(USUAL, 1),
        one(
            Model {
                slower: 5.0,
                ..USUAL
            },
            2,
        ),
    );
    for metric in [Metric::Goodput, Metric::P50, Metric::P99, Metric::Mean] {
        assert_eq!(finding_of(metric, &a, &b), Finding::Worse, "{metric:?}");
        assert_eq!(finding_of(metric, &b, &a), Finding::Better, "{metric:?}");
    }
}

#[test]
fn refusals_that_appear_are_found_and_none_on_either_side_are_no_difference() {
    let (a, b) = (
        one(USUAL, 1),
        one(
            Model {
                busy: 0.05,
                ..USUAL
            },
            2,
        ),
    );
    assert_eq!(finding_of(Metric::Busy, &a, &b), Finding::Worse);
    assert_eq!(finding_of(Metric::Busy, &b, &a), Finding::Better);
    let none = &diff(&a, &b).rows[4];
    assert_eq!(
        (none.metric, none.change, none.finding),
        (Metric::Errors, None, Finding::Same)
    );
}

#[test]
fn a_single_run_of_few_seconds_tells_nothing_and_neither_does_nothing_at_all() {
    let (a, mut b) = (
        one(USUAL, 1),
        one(
            Model {
                slower: 5.0,
                ..USUAL
            },
            2,
        ),
    );
    b.seconds.truncate(4);
    assert_eq!(
        finding_of(Metric::Goodput, &a, &b),
        Finding::Unclear("too short to compare")
    );
    let nothing = sample::closed_of_nothing();
    let is_unclear = |row: &Compared| matches!(row.finding, Finding::Unclear(_));
    assert!(diff(&a, &nothing).rows.iter().take(4).all(is_unclear));
}

#[test]
fn what_is_at_least_so_long_is_never_found_to_be_shorter() {
    let (a, mut b) = (
        one(
            Model {
                slower: 50.0,
                ..USUAL
            },
            1,
        ),
        one(USUAL, 2),
    );
    assert_eq!(finding_of(Metric::P99, &a, &b), Finding::Better);
    for _ in 0..100 {
        let waited = Duration::from_micros(3);
        b.tally.started += 1;
        b.tally.end(Outcome::Unfinished, waited, waited);
    }
    assert_eq!(
        finding_of(Metric::P99, &a, &b),
        Finding::Unclear("sessions were given up")
    );
    b.tally.end(
        Outcome::Unfinished,
        Duration::from_secs(9),
        Duration::from_secs(9),
    );
    let slow = one(
        Model {
            slower: 1e4,
            ..USUAL
        },
        3,
    );
    assert_eq!(
        finding_of(Metric::P99, &b, &slow),
        Finding::Unclear("sessions were given up")
    );
}

#[test]
fn shards_of_one_run_are_one_run_and_their_rate_stands_in_for_the_seconds_percentiles() {
    let (a, b) = (one(USUAL, 1), one(USUAL, 2));
    let both = merge(&[a.clone(), b]).unwrap();
    let difference = diff(&both, &a);
    assert_eq!(difference.runs, [1, 1]);
    let is_told = |row: &Compared| !matches!(row.finding, Finding::Unclear(_));
    assert!(difference.rows.iter().all(is_told));
    assert_eq!(
        difference.rows[0].finding,
        Finding::Worse,
        "half the clients"
    );
}
