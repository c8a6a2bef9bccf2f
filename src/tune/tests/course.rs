//! Tests that a tuning keeps to its budget, and returns its findings when it ends early.

use super::*;
use crate::tune::candidate::Candidate;

/// A target that interrupts the tuning, or fails, after a number of trials.
struct Ending {
    server: Simulated<fn(usize) -> f64>,
    after: usize,
    with: Option<TargetError>,
    stop: Stop,
}

impl Ending {
    fn tune(after: usize, with: Option<TargetError>) -> Tuning {
        let stop = Stop::default();
        let mut ending = Self {
            server: Simulated::new(3, 0.05, sleeping),
            after,
            with,
            stop: stop.clone(),
        };
        tune(
            &mut ending,
            &settings(64, 3),
            &calibration(),
            &stop,
            &mut (),
        )
    }
}

impl Target for Ending {
    fn run(&mut self, request: &TrialRequest) -> Result<Trial, TargetError> {
        if self.after == 0 {
            if let Some(error) = &self.with {
                return Err(error.clone());
            }
            self.stop.request();
        }
        self.after = self.after.saturating_sub(1);
        self.server.run(request)
    }
}

#[test]
fn what_was_tried_until_an_interrupt_is_judged() {
    let tuning = Ending::tune(20, None);
    assert_eq!(tuning.end, TuningEnd::Interrupted);
    assert_eq!(tuning.trials.len(), 21);
    assert!(tuning.verdict.choice().is_some());
    assert!(tuning.regret.len() >= 7);
    let verification = tuning.verification.unwrap();
    assert_eq!(verification.outcome, VerificationOutcome::Untested);
}

#[test]
fn what_was_never_tried_is_not_judged() {
    let tuning = Ending::tune(0, Some(TargetError::Interrupted));
    assert_eq!(tuning.end, TuningEnd::Interrupted);
    let too_few = Verdict::Untold {
        reason: Reason::TooFew,
        meanwhile: None,
    };
    assert_eq!(tuning.verdict, too_few);
    assert_eq!(tuning.diagnosis.bottleneck, Bottleneck::Unknown);
    assert!(tuning.verification.is_none() && tuning.queueing.is_none());
}

/// A target that fails every third time.
struct Flaky(Simulated<fn(usize) -> f64>, usize);
impl Target for Flaky {
    fn run(&mut self, request: &TrialRequest) -> Result<Trial, TargetError> {
        self.1 += 1;
        if self.1.is_multiple_of(3) {
            return Err(TargetError::Failed("no port".to_owned()));
        }
        self.0.run(request)
    }
}

#[test]
fn a_target_that_fails_now_and_then_is_asked_again_and_one_that_always_does_ends_it() {
    let flaky = Flaky(Simulated::new(3, 0.05, sleeping), 0);
    let tuning = tuned(flaky, &settings(64, 3));
    assert!(matches!(tuning.end, TuningEnd::Decided | TuningEnd::Spent));
    let failed = TargetError::Failed("no such program".to_owned());
    let tuning = Ending::tune(10, Some(failed));
    assert_eq!(tuning.end, TuningEnd::Failed("no such program".to_owned()));
}

#[test]
fn a_tuning_is_over_within_its_budget_and_runs_what_its_effort_says() {
    for (budget, effort, noise) in [
        (120, Effort::Full, 0.05),
        (120, Effort::Full, 0.30),
        (45, Effort::Quick, 0.05),
        (45, Effort::Quick, 0.30),
        (20, Effort::Quick, 0.05),
    ] {
        let server = Simulated::new(3, noise, sleeping);
        let settings = Settings {
            budget: Duration::from_secs(budget),
            effort,
            ..settings(64, 3)
        };
        let tuning = tuned(server, &settings);
        let ended = tuning.trials.last().unwrap().ended();
        assert!(ended <= settings.budget, "{ended:?} of {budget} s");
        let count = |purpose| {
            let of = tuning.trials.iter().filter(|it| it.purpose == purpose);
            of.count()
        };
        println!("{budget} s: {ended:?}, {} trials", tuning.trials.len());
        // Three runs of each number if there is time.
        let verified = if budget < 30 { 3 } else { 9 };
        assert_eq!(count(Purpose::Verify), verified);
        assert_eq!(count(Purpose::Overload), 1);
        let loaded = if effort == Effort::Full { 12 } else { 0 };
        assert_eq!(count(Purpose::Load), loaded);
    }
}

#[test]
fn a_queue_that_stays_as_it_is_is_tried_verified_and_recommended() {
    let settings = Settings {
        queue: Some(20),
        ..settings(64, 3)
    };
    let tuning = tuned(Simulated::new(3, 0.05, sleeping), &settings);
    for trial in &tuning.trials {
        let Candidate { workers, queue } = trial.candidate;
        assert_eq!(queue, 20);
        if let Offered::Clients { clients, .. } = trial.offered {
            assert!(clients <= workers + queue, "{trial:?}");
        }
    }
    assert_eq!(tuning.verdict.choice().unwrap().candidate.queue, 20);
    assert!(tuning.regret.iter().all(|row| row.candidate.queue == 20));
    let predictions = tuning.verification.unwrap().predictions;
    assert!(predictions.iter().all(|it| it.holds.is_some()));
    let queueing = tuning.queueing.unwrap();
    assert_eq!(queueing.places, 20);
    assert!(queueing.allowed > 20, "{queueing:?}");
}

#[test]
fn as_many_clients_as_come_to_any_number_wait_as_long_as_was_measured() {
    let settings = Settings {
        demand: Demand::Clients {
            clients: 40,
            think: Duration::ZERO,
        },
        queue: Some(1000),
        ..settings(64, 3)
    };
    let tuning = tuned(Simulated::new(3, 0.03, sleeping), &settings);
    let verification = tuning.verification.unwrap();
    let mut predictions = verification.predictions.iter();
    let half = predictions.find(|it| it.candidate.workers < 8).unwrap();
    let row = tuning.regret.iter();
    let mut row = row.filter(|row| row.candidate.workers == half.candidate.workers);
    assert_eq!(row.next().unwrap().trials, 0, "between two that were tried");
    // A round of all clients by Little's law, as the simulated server computes it.
    let p99 = 1.3 * 40.0 / sleeping(half.candidate.workers);
    let ratio = half.p99_seconds.value / p99;
    assert!((0.93..1.07).contains(&ratio), "{ratio}");
}

/// A target with failed audits in verification runs of more than eight workers.
struct Doubted(Simulated<fn(usize) -> f64>);
impl Target for Doubted {
    fn run(&mut self, request: &TrialRequest) -> Result<Trial, TargetError> {
        let mut trial = self.0.run(request)?;
        if request.purpose == Purpose::Verify && request.candidate.workers > 8 {
            trial.doubts.push("so it is".to_owned());
        }
        Ok(trial)
    }
}

#[test]
fn a_verdict_of_which_no_fresh_run_can_be_believed_is_not_confirmed_by_others() {
    let tuning = tuned(Doubted(Simulated::new(3, 0.05, sleeping)), &settings(64, 3));
    assert!(tuning.verdict.choice().unwrap().candidate.workers > 8);
    let verification = tuning.verification.unwrap();
    let holds = verification.predictions.iter().map(|it| it.holds);
    assert_eq!(holds.collect::<Vec<_>>(), [Some(true), None, None]);
    assert_eq!(verification.outcome, VerificationOutcome::Untested);
}

/// A target with an overload beyond the load generator, in which admitted clients wait.
struct Swamped(Simulated<fn(usize) -> f64>, Duration);
impl Target for Swamped {
    fn run(&mut self, request: &TrialRequest) -> Result<Trial, TargetError> {
        let mut trial = self.0.run(request)?;
        if request.purpose == Purpose::Overload {
            trial.doubts.push("no client was free".to_owned());
            trial.split.queue = self.1;
        }
        Ok(trial)
    }
}

#[test]
fn waits_that_are_too_long_are_believed_of_a_server_whoever_could_not_keep_up_with_it() {
    let overload = |wait| {
        let server = Swamped(
            Simulated::new(3, 0.05, sleeping),
            Duration::from_millis(wait),
        );
        let queueing = tuned(server, &settings(64, 3)).queueing.unwrap();
        queueing.overload.map(|overload| overload.holds)
    };
    // The allowed wait is four sessions of a little more than 2 ms.
    assert_eq!([1, 100].map(overload), [None, Some(false)]);
}
