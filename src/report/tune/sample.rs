//! A made-up tuning for tests: [`crate::tune::sample`] with all later runs added.

use std::sync::LazyLock;
use std::time::Duration;

use super::origin::{Origin, Subject};
use crate::load::Place;
use crate::tune::{
    Band, Bottleneck, Candidate, Choice, Diagnosis, Interval, Latency, MeasuredOverload, Met,
    Offered, Predicted, Prediction, Purpose, Queueing, Reason, Regret, Span, Trial, Tuning,
    TuningEnd, Verdict, Verification, VerificationOutcome, sample,
};

/// The origin of the made-up tuning.
pub(super) fn origin() -> Origin {
    Origin {
        subject: Subject::Own,
        place: Place {
            address: "127.0.0.1:40001".to_owned(),
            program: "jamd 0.1.0".to_owned(),
            kernel: "Linux 6.12".to_owned(),
            cores: 2,
            shares_machine: true,
            command: "jamd tune --slo 'p99<50ms,busy<1%'".to_owned(),
        },
        begin: Duration::from_secs(1_790_000_000),
    }
}

/// The recommended workers.
pub(super) const WORKERS: usize = 10;

/// The places of the recommended queue.
const QUEUE: usize = 48;

/// The goodput of the recommended workers.
pub(super) const GOODPUT: f64 = 4650.0;

/// A complete tuning.
pub(super) fn tuning() -> Tuning {
    static TUNING: LazyLock<Tuning> = LazyLock::new(made_up);
    TUNING.clone()
}

/// A tuning without trials and without a recommendation.
pub(super) fn empty() -> Tuning {
    let mut tuning = tuning();
    tuning.trials = Vec::new();
    tuning.estimate = None;
    tuning.verdict = Verdict::Untold {
        reason: Reason::TooFew,
        meanwhile: None,
    };
    tuning.regret = Vec::new();
    tuning.queueing = None;
    tuning.verification = None;
    tuning
}

fn made_up() -> Tuning {
    let mut tuning = sample::tuning(1);
    tuning.trials.retain(|trial| {
        matches!(
            trial.purpose,
            Purpose::Sweep | Purpose::Refine | Purpose::Sentinel
        )
    });
    for trial in &mut tuning.trials {
        (trial.evidence.client_busy, trial.evidence.client_cpu) = (0.24, Some(0.12));
    }
    let estimate = tuning.estimate.as_mut().expect("enough trials");
    estimate.spread = 0.04;
    for band in &mut estimate.curve {
        band.chance = if band.workers < WORKERS { 0.1 } else { 1.0 };
    }
    let estimate = estimate.clone();
    tuning.end = TuningEnd::Decided;
    let candidate = Candidate {
        workers: WORKERS,
        queue: QUEUE,
    };
    let choice = Choice {
        candidate,
        span: Span {
            low: 9,
            middle: 10,
            high: 11,
        },
        band: Band {
            goodput: GOODPUT,
            ..*estimate.band(WORKERS).expect("a band")
        },
    };
    tuning.verdict = Verdict::Run(choice);
    tuning.regret = [1, 2, 4, 5, 8, 10, 16, 20, 32, 64].map(regret).into();
    tuning.diagnosis = Diagnosis {
        bottleneck: Bottleneck::Workers,
        evidence: "They held a session 99 % of the time, and the server took 34 % of the CPU."
            .to_owned(),
    };
    follow(&mut tuning, candidate);
    tuning
}

/// Adds the runs after the search.
fn follow(tuning: &mut Tuning, candidate: Candidate) {
    let template = tuning.trials.last().cloned().expect("trials");
    load(tuning, &template);
    let offered = Offered::Rate(1.5 * GOODPUT);
    let latency = (9.0, 13.0, 14.0);
    let over = run(
        &template,
        Purpose::Overload,
        candidate,
        offered,
        GOODPUT,
        latency,
    );
    let over = Trial {
        refused: 0.34,
        ..over
    };
    add(tuning, over.clone());
    tuning.queueing = Some(queueing(over));
    verify(tuning, &template);
}

/// The throughput of a number of workers.
fn capacity(workers: usize) -> f64 {
    GOODPUT.min(workers as f64 * GOODPUT / WORKERS as f64)
}

/// Adds a trial after all others.
fn add(tuning: &mut Tuning, trial: Trial) {
    let last = tuning.trials.last().expect("trials");
    let began = last.began + last.took;
    tuning.trials.push(Trial { began, ..trial });
}

fn regret(workers: usize) -> Regret {
    let goodput = capacity(workers);
    let between = |value: f64, reach| Interval {
        low: value - reach,
        high: value + reach,
    };
    let (loss, service) = (1.0 - goodput / GOODPUT, workers as f64 / goodput);
    let millis = |services: f64| Duration::from_secs_f64(services * service);
    let latency = Latency {
        p50: millis(3.9),
        p95: millis(4.4),
        p99: millis(5.0),
    };
    let was_tried = ![5, 20].contains(&workers);
    Regret {
        candidate: Candidate {
            workers,
            queue: workers * QUEUE / WORKERS,
        },
        goodput,
        interval: between(goodput, 0.03 * goodput),
        latency: was_tried.then_some(latency),
        refused: was_tried.then_some(0.0),
        loss,
        loss_interval: between(loss, 0.02 * loss),
        meets: 1.0,
        chance: if loss > 0.03 { 0.0 } else { 1.0 },
        trials: if was_tried { 3 } else { 0 },
    }
}

fn run(
    template: &Trial,
    purpose: Purpose,
    candidate: Candidate,
    offered: Offered,
    goodput: f64,
    (p50, p95, p99): (f64, f64, f64),
) -> Trial {
    let [p50, p95, p99] = [p50, p95, p99].map(|millis| Duration::from_secs_f64(millis / 1e3));
    Trial {
        purpose,
        candidate,
        offered,
        goodput,
        latency: Latency { p50, p95, p99 },
        ..template.clone()
    }
}

/// Adds latency runs of the verdict, half of it and twice.
fn load(tuning: &mut Tuning, template: &Trial) {
    for workers in [WORKERS / 2, WORKERS, WORKERS * 2] {
        let candidate = Candidate {
            workers,
            queue: workers * 4,
        };
        let capacity = capacity(workers);
        for part in [0.5, 0.7, 0.85, 0.95] {
            let wait = part / (1.0 - part) / workers as f64 * 2.15;
            let latency = (2.2 + 0.3 * wait, 2.4 + wait, 2.6 + 2.0 * wait);
            let offered = Offered::Rate(part * capacity);
            let trial = run(
                template,
                Purpose::Load,
                candidate,
                offered,
                part * capacity,
                latency,
            );
            add(tuning, trial);
        }
    }
}

fn queueing(overload: Trial) -> Queueing {
    Queueing {
        places: QUEUE,
        wait: Duration::from_millis(10),
        allowed: QUEUE,
        longest_wait: Duration::from_micros(9_890),
        overload: Some(MeasuredOverload {
            trial: overload,
            waited: Duration::from_micros(9_120),
            holds: true,
        }),
    }
}

/// Adds fresh runs of the verdict, half its workers and twice as many, that match the predictions.
fn verify(tuning: &mut Tuning, template: &Trial) {
    let counts = [(5, 0.98), (WORKERS, 1.02), (20, 0.97)];
    let predictions = counts.map(|(workers, ratio)| {
        let expected = capacity(workers);
        let candidate = Candidate {
            workers,
            queue: workers * 4,
        };
        let offered = Offered::Clients {
            clients: workers * 4,
            think: Duration::ZERO,
        };
        for off in [1.0, 0.99, 1.01] {
            let goodput = expected * ratio * off;
            let latency = (8.3, 9.9, 11.2);
            let purpose = Purpose::Verify;
            add(
                tuning,
                run(template, purpose, candidate, offered, goodput, latency),
            );
        }
        Prediction {
            candidate,
            runs: 3,
            goodput: predicted(expected, 0.12, expected * ratio),
            p99_seconds: predicted(0.0114, 0.2, 0.0112),
            share: (workers != WORKERS).then(|| {
                let share = expected / capacity(WORKERS);
                predicted(share, 0.1, share * ratio / 1.02)
            }),
            meets: workers == WORKERS,
            met: Some(Met { met: 3, of: 3 }),
            holds: Some(true),
        }
    });
    tuning.verification = Some(Verification {
        predictions: predictions.into(),
        outcome: VerificationOutcome::Confirmed,
        replaced: None,
    });
}

pub(super) fn predicted(value: f64, reach: f64, measured: f64) -> Predicted {
    Predicted {
        value,
        interval: Interval {
            low: value * (1.0 - reach),
            high: value * (1.0 + reach),
        },
        measured: Some(measured),
        error: Some(measured / value - 1.0),
    }
}

/// Makes the fresh runs of the verdict give less than predicted.
pub(super) fn refute(tuning: &mut Tuning) {
    let verdict = tuning.verdict.choice().copied().expect("a verdict");
    let verification = tuning.verification.as_mut().expect("a verification");
    let mut predictions = verification.predictions.iter_mut();
    let own = predictions.find(|it| it.candidate.workers == verdict.candidate.workers);
    let own = own.expect("a prediction of the verdict");
    own.goodput = predicted(own.goodput.value, 0.12, own.goodput.value * 0.7);
    own.holds = Some(false);
    let mut before = verdict;
    before.candidate.workers = 8;
    verification.replaced = Some(Box::new(Verdict::Run(before)));
    verification.outcome = VerificationOutcome::Refuted;
}
