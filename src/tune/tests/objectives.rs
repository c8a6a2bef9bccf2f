//! Tests of tunings with objectives.

use std::collections::BTreeMap;

use super::*;
use crate::tune::candidate::Candidate;

/// A server with objectives; the closure gives the strain of each run.
struct Strained<F>(Simulated<fn(usize) -> f64>, F);
impl<F: FnMut(Candidate) -> f64> Target for Strained<F> {
    fn run(&mut self, request: &TrialRequest) -> Result<Trial, TargetError> {
        let mut trial = self.0.run(request)?;
        trial.strain = Some((self.1)(request.candidate));
        Ok(trial)
    }
}

#[test]
fn a_queue_that_is_full_costs_a_candidate_what_it_refuses() {
    // Forty clients in a closed loop; a client that finds neither a worker nor a place is refused.
    let settings = Settings {
        demand: Demand::Clients {
            clients: 40,
            think: Duration::ZERO,
        },
        ..settings(64, 4)
    };
    let misses = |it: Candidate| if it.workers + it.queue < 40 { 5.0 } else { 0.0 };
    let server = Strained(Simulated::new(4, 0.03, sleeping), misses);
    let tuning = tuned(server, &settings);
    let rows = tuning.regret.iter();
    let refusing: Vec<_> = rows.filter(|row| row.refused > Some(0.0)).collect();
    assert!(!refusing.is_empty());
    let misses = |row: &&Regret| (row.meets, row.chance) == (0.0, 0.0);
    assert!(refusing.iter().all(misses), "{refusing:?}");
    let serving = tuning.regret.iter().filter(|row| row.refused == Some(0.0));
    assert!(serving.map(|row| row.meets).all(|meets| meets == 1.0));
}

/// A server that misses its objectives in the first fresh runs of each of these numbers of workers.
struct Missing {
    server: Simulated<fn(usize) -> f64>,
    of: fn(usize) -> bool,
    missed: usize,
    fresh: BTreeMap<usize, usize>,
}
impl Target for Missing {
    fn run(&mut self, request: &TrialRequest) -> Result<Trial, TargetError> {
        let mut trial = self.server.run(request)?;
        trial.strain = Some(0.5);
        let workers = request.candidate.workers;
        if request.purpose == Purpose::Verify && (self.of)(workers) {
            let fresh = self.fresh.entry(workers).or_default();
            *fresh += 1;
            trial.strain = Some(if *fresh <= self.missed { 2.0 } else { 0.5 });
        }
        Ok(trial)
    }
}

fn missing(missed: usize, of: fn(usize) -> bool) -> Tuning {
    let server = Missing {
        server: Simulated::new(3, 0.03, sleeping),
        of,
        missed,
        fresh: BTreeMap::new(),
    };
    tuned(server, &settings(64, 3))
}

#[test]
fn a_verdict_that_was_to_meet_the_objectives_is_held_to_that_by_its_fresh_runs() {
    for (missed, outcome) in [
        (0, VerificationOutcome::Confirmed),
        (1, VerificationOutcome::Confirmed),
        (2, VerificationOutcome::Untested),
        (3, VerificationOutcome::Refuted),
    ] {
        let tuning = missing(missed, |workers| (9..14).contains(&workers));
        let verification = tuning.verification.unwrap();
        assert_eq!(verification.outcome, outcome, "{missed} of 3 missed");
        let mut held = verification.predictions.iter().filter(|it| it.meets);
        let own = held.next().unwrap();
        assert!(held.next().is_none(), "nobody else is");
        assert_eq!(
            own.met.unwrap(),
            Met {
                met: 3 - missed,
                of: 3
            }
        );
        assert_eq!(verification.replaced.is_some(), missed == 3);
    }
    let verification = missing(3, |workers| workers < 9).verification.unwrap();
    assert_eq!(verification.outcome, VerificationOutcome::Confirmed);
}

#[test]
fn what_only_fresh_runs_saw_meets_the_objectives_no_likelier_than_they_did() {
    let meets = |missed| {
        let tuning = missing(missed, |workers| workers < 9);
        let fresh = tuning.regret.iter().filter(|row| row.trials == 0);
        let half = fresh.clone().find(|row| row.candidate.workers < 9);
        half.unwrap().meets
    };
    let [all, most, none] = [0, 1, 3].map(meets);
    assert!(all > 0.99, "{all}");
    assert!((most - 2.0 / 3.0).abs() < 1e-9, "{most}");
    assert!(none <= 0.0, "{none}");
}

#[test]
fn one_run_in_which_nothing_was_refused_does_not_outweigh_two_in_which_much_was() {
    // A limit of 1 % that two runs of three exceed tenfold.
    let mut runs: BTreeMap<usize, usize> = BTreeMap::new();
    let strain = move |candidate: Candidate| {
        let run = runs.entry(candidate.workers).or_default();
        *run += 1;
        if run.is_multiple_of(3) { 0.0 } else { 10.0 }
    };
    let server = Strained(Simulated::new(3, 0.03, sleeping), strain);
    let tuning = tuned(server, &settings(64, 3));
    let often = tuning.regret.iter().filter(|row| row.trials >= 3);
    let meets: Vec<f64> = often.map(|row| row.meets).collect();
    assert!(!meets.is_empty());
    assert!(meets.iter().all(|meets| *meets < 0.5), "{meets:?}");
}

#[test]
fn that_no_number_meets_the_objectives_is_told_from_that_it_cannot_be_told() {
    use crate::base::statistics::normal;
    // The mean strain, as a logarithm, over runs that differ by a third.
    let tuned = |seed, missed: f64| {
        let mut random = Rng::with_seed(seed);
        let strain = move |_| (missed + 0.3 * normal(&mut random)).exp();
        let server = Strained(Simulated::new(seed, 0.03, sleeping), strain);
        let settings = Settings {
            effort: Effort::Quick,
            ..settings(32, seed)
        };
        tuned(server, &settings)
    };
    // A quarter of all runs meet the objectives.
    let undecided = (0..5).filter(|seed| {
        let tuning = tuned(*seed, 0.2);
        let feasible = tuning.estimate.unwrap().feasible;
        match tuning.verdict {
            Verdict::Untold {
                reason: Reason::Undecided,
                meanwhile,
            } => {
                assert!(meanwhile.is_some() && (0.05..0.95).contains(&feasible));
                true
            }
            other => {
                assert!(!(0.06..0.94).contains(&feasible), "{other:?}");
                false
            }
        }
    });
    assert!(undecided.count() >= 3);
    for seed in 0..3 {
        let missed = tuned(seed, 1.0);
        let objectives = Verdict::Untold {
            reason: Reason::Objectives,
            meanwhile: None,
        };
        assert_eq!(missed.verdict, objectives, "{seed}");
        let met = tuned(seed, -1.0);
        assert!(matches!(met.verdict, Verdict::Run(_)), "{:?}", met.verdict);
    }
}
