//! Tests that no difference is found where there is none, and that a change of the machine is found.

use super::*;

#[test]
fn of_a_hundred_pairs_of_identical_candidates_95_are_not_separated() {
    let mut separated = 0;
    for seed in 0..100 {
        let server = Simulated::new(seed, 0.10, |_| 1000.0);
        let tuning = tuned(server, &settings(2, seed));
        // The loss surely exceeds the tolerated loss.
        let is_lost = |row: &Regret| row.loss_interval.low > WITHIN;
        separated += usize::from(tuning.regret.iter().any(is_lost));
    }
    println!("separated {separated} of 100");
    assert!(separated <= 5, "{separated}");
}

/// A server with altered fresh runs.
struct Changing {
    before: Simulated<fn(usize) -> f64>,
    fresh: usize,
    /// The factor of goodput, from the number of earlier fresh runs and the trial.
    change: fn(usize, &Trial) -> f64,
}

impl Target for Changing {
    fn run(&mut self, request: &TrialRequest) -> Result<Trial, TargetError> {
        let mut trial = self.before.run(request)?;
        if request.purpose == Purpose::Verify {
            trial.goodput *= (self.change)(self.fresh, &trial);
            self.fresh += 1;
        }
        Ok(trial)
    }
}

fn changed(seed: u64, drift: f64, change: fn(usize, &Trial) -> f64) -> Verification {
    let mut before = Simulated::new(seed, 0.05, sleeping as fn(usize) -> f64);
    before.drift = drift;
    let server = Changing {
        before,
        fresh: 0,
        change,
    };
    let tuning = tuned(server, &settings(64, seed));
    tuning.verification.unwrap()
}

/// How many of twenty servers get the wanted outcome.
fn outcomes(wanted: VerificationOutcome, drift: f64, change: fn(usize, &Trial) -> f64) -> usize {
    let outcomes = (0..20).map(|seed| changed(seed, drift, change).outcome);
    outcomes.filter(|outcome| *outcome == wanted).count()
}

#[test]
fn a_machine_that_becomes_slower_is_found_out_and_does_not_change_the_answer() {
    let mut server = Simulated::new(5, 0.03, sleeping);
    server.drift = -0.2;
    let tuning = tuned(server, &settings(64, 5));
    let drift = tuning.estimate.unwrap().drift.unwrap();
    assert!(drift.is_found());
    assert!((drift.per_minute + 0.2).abs() < 0.1, "{drift:?}");
    let workers = tuning.verdict.choice().unwrap().candidate.workers;
    assert!((9..=12).contains(&workers), "{workers}");
}

#[test]
fn a_stable_server_is_confirmed_and_one_that_changed_meanwhile_refuted() {
    let stable = outcomes(VerificationOutcome::Confirmed, 0.0, |_, _| 1.0);
    let slower = outcomes(VerificationOutcome::Refuted, 0.0, |_, _| 0.7);
    println!("confirmed {stable} of 20, refuted {slower} of 20");
    assert!(stable >= 18 && slower >= 19, "{stable} {slower}");
    assert!(changed(1, 0.0, |_, _| 0.7).replaced.is_some());
}

#[test]
fn what_half_gives_of_the_verdict_is_tested_more_closely_than_what_each_of_them_does() {
    let apart = |seed| {
        // Half of the answer, ten workers, gives more than before; all other numbers give less.
        let verification = changed(seed, 0.0, |_, trial| {
            if trial.candidate.workers < 8 {
                1.14
            } else {
                0.88
            }
        });
        let predictions = verification.predictions.iter();
        let levels = predictions
            .clone()
            .flat_map(|it| [it.goodput, it.p99_seconds]);
        let levels_hold = levels.filter_map(|it| it.is_within()).all(|within| within);
        let mut shares = predictions.filter_map(|it| it.share.as_ref());
        let shares_hold = shares.all(|share| share.is_within() != Some(false));
        levels_hold && !shares_hold && verification.outcome == VerificationOutcome::Refuted
    };
    let only_by_shares = (0..20).filter(|seed| apart(*seed)).count();
    println!("refuted by what half gives of the verdict {only_by_shares} of 20");
    assert!(only_by_shares >= 15, "{only_by_shares}");
}

#[test]
fn one_fresh_run_of_three_that_something_else_disturbs_refutes_nothing() {
    let confirmed = outcomes(VerificationOutcome::Confirmed, 0.0, |fresh, _| {
        if fresh == 0 { 0.5 } else { 1.0 }
    });
    println!("confirmed {confirmed} of 20");
    assert!(confirmed >= 18, "{confirmed}");
}

#[test]
fn a_drift_that_turns_back_after_the_search_refutes_nothing() {
    const DRIFT: f64 = -0.1;
    let confirmed = outcomes(VerificationOutcome::Confirmed, DRIFT, |_, trial| {
        (-DRIFT * trial.began.as_secs_f64() / 60.0).exp()
    });
    println!("confirmed {confirmed} of 20");
    assert!(confirmed >= 18, "{confirmed}");
}

#[test]
fn where_nearly_everything_would_come_true_nothing_is_confirmed() {
    let outcomes = (0..10).map(|seed| {
        let server = Simulated::new(seed, 0.9, sleeping);
        let tuning = tuned(server, &settings(64, seed));
        tuning.verification.map(|verification| verification.outcome)
    });
    let confirmed = outcomes.filter(|it| *it == Some(VerificationOutcome::Confirmed));
    assert_eq!(confirmed.count(), 0);
}
