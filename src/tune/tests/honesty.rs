//! That no difference is seen where there is none, and that a machine which changes is found out.

use super::*;

#[test]
fn of_a_hundred_pairs_of_identical_candidates_95_are_not_separated() {
    let mut separated = 0;
    for seed in 0..100 {
        let mut server = Simulated::new(seed, 0.10, |_| 1000.0);
        let tuning = tune(
            &mut server,
            &settings(2, seed),
            &calibration(),
            &Stop::default(),
            &mut (),
        );
        let is_lost = |row: &Regret| row.loss_interval.low > 0.0;
        separated += usize::from(tuning.regret.iter().any(is_lost));
    }
    println!("separated {separated} of 100");
    assert!(separated <= 5, "{separated}");
}

/// A server that becomes another one after a number of trials.
struct Changing {
    before: Simulated<fn(usize) -> f64>,
    factor: f64,
}

impl Target for Changing {
    fn run(&mut self, order: &Order) -> Result<Trial, TargetError> {
        let mut trial = self.before.run(order)?;
        if order.purpose == Purpose::Verify {
            trial.goodput *= self.factor;
        }
        Ok(trial)
    }
}

fn sleeping(workers: usize) -> f64 {
    (workers as f64 * 465.0).min(4650.0)
}

fn outcome(seed: u64, factor: f64) -> Verification {
    let mut server = Changing {
        before: Simulated::new(seed, 0.05, sleeping),
        factor,
    };
    let tuning = tune(
        &mut server,
        &settings(64, seed),
        &calibration(),
        &Stop::default(),
        &mut (),
    );
    tuning.verification.unwrap()
}

#[test]
fn a_stable_server_is_confirmed_and_one_that_changed_meanwhile_refuted() {
    let count = |factor: f64, wanted: Outcome| {
        let outcomes = (0..20).map(|seed| outcome(seed, factor));
        outcomes.filter(|it| it.outcome == wanted).count()
    };
    let (stable, changed) = (count(1.0, Outcome::Confirmed), count(0.7, Outcome::Refuted));
    println!("confirmed {stable} of 20, refuted {changed} of 20");
    assert!(stable >= 18 && changed >= 19, "{stable} {changed}");
    assert!(outcome(1, 0.7).replaced.is_some());
}
