//! Tests of the headline with made-up tunings.

use super::*;
use crate::report::tune::sample::{self, GOODPUT};
use crate::tune::Span;

fn untold_for(reason: Reason) -> Tuning {
    let mut tuning = sample::tuning();
    let meanwhile = tuning.verdict.choice().copied();
    tuning.verdict = Verdict::Untold { reason, meanwhile };
    tuning
}

fn choice(tuning: &mut Tuning) -> &mut Choice {
    match &mut tuning.verdict {
        Verdict::Run(choice) => choice,
        Verdict::Untold { .. } => panic!("no verdict"),
    }
}

#[test]
fn a_verdict_is_what_to_run_what_that_gives_and_what_others_would() {
    let mut tuning = sample::tuning();
    assert_eq!(
        sentence(&tuning),
        "Run 10 workers (95 %: 9–11) with a queue of 48: 4 650 sessions/s at p99 10.8 ms, objectives met. 5 would lose \
         50 %, 20 gain nothing."
    );
    tuning.end = TuningEnd::Interrupted;
    assert!(sentence(&tuning).starts_with("Interrupted: run 10 workers "));
}

#[test]
fn what_others_would_do_depends_on_what_they_give_and_whether_they_meet_the_objectives() {
    let mut tuning = sample::tuning();
    let twice = tuning
        .regret
        .iter_mut()
        .find(|row| row.candidate.workers == 20)
        .unwrap();
    twice.goodput *= 0.8;
    assert!(sentence(&tuning).ends_with(" 5 would lose 50 %, 20 perhaps lose 20 %."));
    let twice = tuning
        .regret
        .iter_mut()
        .find(|row| row.candidate.workers == 20)
        .unwrap();
    // A number that is unlikely to be good enough may still meet the objectives.
    (twice.goodput, twice.loss, twice.chance) = (GOODPUT * 0.972, 0.028, 0.4);
    // From here on the loss is certain.
    twice.loss_interval.low = 0.1;
    assert!(sentence(&tuning).ends_with(", 20 gain nothing."));
    for (goodput, meets, said) in [
        (GOODPUT, 0.9, "gain nothing and may miss the objectives"),
        (GOODPUT, 0.02, "gain nothing and miss the objectives"),
        (GOODPUT * 1.2, 0.0, "gain 20 % and miss the objectives"),
        (GOODPUT * 0.8, 0.06, "lose 20 % and may miss the objectives"),
        (GOODPUT * 0.8, 0.95, "lose 20 %"),
    ] {
        let twice = tuning
            .regret
            .iter_mut()
            .find(|row| row.candidate.workers == 20);
        let twice = twice.unwrap();
        (twice.goodput, twice.meets) = (goodput, meets);
        let whole = sentence(&tuning);
        assert!(
            whole.ends_with(&format!(" 5 would lose 50 %, 20 {said}.")),
            "{whole}"
        );
    }
    tuning.regret.retain(|row| row.candidate.workers == 10);
    assert!(sentence(&tuning).ends_with(" at p99 10.8 ms, objectives met."));
}

#[test]
fn one_worker_is_no_workers() {
    let mut tuning = sample::tuning();
    choice(&mut tuning).candidate.workers = 1;
    choice(&mut tuning).span = Span {
        low: 1,
        middle: 1,
        high: 1,
    };
    let said = sentence(&tuning);
    assert!(said.starts_with("Run 1 worker (95 %: 1) with "), "{said}");
}

#[test]
fn where_it_cannot_be_told_the_reason_and_the_remedy_are_said_and_what_to_run_until_then() {
    for (reason, said) in [
        (
            Reason::Noise,
            "No recommendation: runs of the same number differ by 4 %, and the \
             answer may be anything from 9 to 11. A longer --budget (it was 120 s) or a quieter machine \
             would let it.",
        ),
        (
            Reason::NotReached,
            "No recommendation: throughput still rises at 64 workers, the most \
             that were tried. A larger --max-workers would let it.",
        ),
        (
            Reason::Undecided,
            "No recommendation: not even whether any number up to 64 workers \
             meets p99<50ms,busy<1%, which is 30 % likely. A longer --budget (it was 120 s), a quieter \
             machine or a relaxed --slo would let it.",
        ),
        (
            Reason::Objectives,
            "No number up to 64 workers meets p99<50ms,busy<1%. It takes less load or a relaxed --slo.",
        ),
    ] {
        let mut tuning = untold_for(reason);
        let estimate = tuning.estimate.as_mut().unwrap();
        estimate.feasible = 0.3;
        estimate.smallest = Some(Span {
            low: 9,
            middle: 10,
            high: 11,
        });
        let until_then = " Until then run 10 workers with a queue of 48.";
        assert_eq!(sentence(&tuning), format!("{said}{until_then}"));
    }
}

#[test]
fn a_load_generator_that_is_the_bottleneck_is_part_of_the_remedy() {
    let mut tuning = untold_for(Reason::NotReached);
    tuning.diagnosis.bottleneck = Bottleneck::Client;
    let said = sentence(&tuning);
    let remedy = "A larger --max-workers, with more room for the load generator, which is the bottleneck, would";
    assert!(said.contains(remedy), "{said}");
}

#[test]
fn a_latency_that_nobody_measured_is_not_told() {
    let mut tuning = sample::tuning();
    assert!(sentence(&tuning).contains(" at p99 "));
    for row in &mut tuning.regret {
        row.latency = None;
    }
    assert!(sentence(&tuning).contains(": 4 650 sessions/s, objectives met. 5 would"));
}

#[test]
fn too_few_trials_are_too_few_for_a_reason() {
    let mut tuning = untold_for(Reason::TooFew);
    tuning.trials.truncate(4);
    assert!(sentence(&tuning).contains("there were only 4 trials. A longer --budget"));
    let mut nothing = tuning.clone();
    nothing.trials.clear();
    assert!(sentence(&nothing).contains(": nothing was tried. A longer"));
    tuning.trials[1]
        .doubts
        .push("the load generator was starved".to_owned());
    let said = sentence(&tuning);
    assert!(
        said.contains("of 4 trials only 3 can be believed (the load generator was starved)"),
        "{said}"
    );
    tuning.end = TuningEnd::Failed("exit code 1".to_owned());
    let said = sentence(&tuning);
    assert!(
        said.contains("the server did not run: exit code 1."),
        "{said}"
    );
}
