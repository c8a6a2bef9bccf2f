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
        // A loss that is surely more than what does not matter.
        let is_lost = |row: &Regret| row.loss_interval.low > WITHIN;
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
fn a_machine_that_becomes_slower_is_found_out_and_does_not_change_the_answer() {
    let mut server = Simulated::new(5, 0.03, sleeping);
    server.drift = -0.2;
    let tuning = tune(
        &mut server,
        &settings(64, 5),
        &calibration(),
        &Stop::default(),
        &mut (),
    );
    let drift = tuning.estimate.unwrap().drift.unwrap();
    assert!(drift.is_found());
    assert!((drift.per_minute + 0.2).abs() < 0.1, "{drift:?}");
    let workers = tuning.verdict.choice().unwrap().candidate.workers;
    assert!((9..=12).contains(&workers), "{workers}");
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
