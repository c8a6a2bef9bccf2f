//! Tests of the text report of made-up tunings.

use super::*;
use crate::base::layout::Style;
use crate::report::tune::sample;
use crate::tune::{Bottleneck, Demand, Effort, Met, Reason, TuningEnd, VerificationOutcome};

/// The default terminal: 24 lines of 80 columns, the last for the prompt.
const SCREEN: usize = 23;

fn plain(tuning: &Tuning) -> String {
    text(tuning, &sample::origin(), Medium::default())
}

/// A tuning with every possible objection to its verdict.
fn troubled() -> Tuning {
    let mut tuning = sample::tuning();
    tuning.end = TuningEnd::Failed("cannot listen on 127.0.0.1:40001".to_owned());
    tuning.settings.effort = Effort::Quick;
    tuning.settings.demand = Demand::Rate(12_345.6);
    tuning.calibration.ceiling = Some(5000.0);
    tuning.diagnosis.bottleneck = Bottleneck::SharedCores;
    tuning.trials[3].doubts = vec!["pacing: 12 % of the sessions began late".to_owned()];
    tuning.estimate.as_mut().unwrap().spread = 0.35;
    sample::refute(&mut tuning);
    tuning
        .queueing
        .as_mut()
        .unwrap()
        .overload
        .as_mut()
        .unwrap()
        .holds = false;
    tuning
}

fn all() -> Vec<Tuning> {
    let mut all = vec![sample::tuning(), sample::empty(), troubled()];
    for reason in [
        Reason::Noise,
        Reason::NotReached,
        Reason::Undecided,
        Reason::Objectives,
    ] {
        let mut tuning = sample::tuning();
        let meanwhile = tuning.verdict.choice().copied();
        tuning.verdict = Verdict::Untold { reason, meanwhile };
        all.push(tuning);
    }
    all
}

#[test]
fn the_first_screen_has_all_that_it_takes_to_act() {
    let said = plain(&sample::tuning());
    let screen: Vec<_> = said.lines().take(SCREEN).collect();
    let screen = screen.join("\n");
    for needed in [
        "Run 10 workers (95 %: 9–11) with a queue of 48: ",
        "5 would lose 50 %, 20 gain nothing.",
        "\nCONFIRMED  median of 3 fresh runs: ",
        "\nrun        jamd serve --workers 10 --queue 48\n",
        "\njamd.toml  workers = 10\n           queue = 48\n",
        "\nbottleneck the workers. They held a session 99 % of the time",
        "\nworkers   queue  sessions/s  95 %      p50      p99  busy  loss     95 %\n",
        "\n5 half ",
        "\n10 run ",
        "\n20 twice ",
        "\n64 ",
        "\nrun: the fewest sure to lose at most 3 %; loss: against the best",
    ] {
        assert!(screen.contains(needed), "{needed:?} in {screen}");
    }
}

#[test]
fn the_first_screen_is_no_longer_however_many_numbers_of_workers_were_tried() {
    let mut tuning = sample::tuning();
    let row = tuning.regret[0];
    for workers in 21..60 {
        let mut row = row;
        row.candidate.workers = workers;
        tuning.regret.push(row);
    }
    tuning.regret.sort_by_key(|row| row.candidate);
    let said = plain(&tuning);
    let end = said
        .lines()
        .position(|line| line.starts_with("run: the fewest "));
    assert!(end.unwrap() < SCREEN, "{said}");
    for row in ["\n1 ", "\n5 half ", "\n10 run ", "\n20 twice ", "\n64 "] {
        assert!(said.contains(row), "{row:?} in {said}");
    }
}

#[test]
fn what_fresh_runs_did_with_the_objectives_is_said_unless_all_met_them() {
    for (met, said) in [
        (3, ""),
        (2, ", objectives met by 2 of 3"),
        (0, ", objectives missed"),
    ] {
        let mut tuning = sample::tuning();
        let predictions = &mut tuning.verification.as_mut().unwrap().predictions;
        predictions[1].met = Some(Met { met, of: 3 });
        let text = plain(&tuning).replace("\n           ", " ");
        let expected = format!("within 9.12–13.7 ms){said}; 5 and 20 within theirs");
        assert!(text.contains(&expected), "{expected:?} in {text}");
    }
}

#[test]
fn a_verdict_most_of_whose_fresh_runs_miss_the_objectives_is_told_as_open() {
    let mut tuning = sample::tuning();
    let verification = tuning.verification.as_mut().unwrap();
    verification.outcome = VerificationOutcome::Untested;
    verification.predictions[1].met = Some(Met { met: 1, of: 3 });
    let said = plain(&tuning).replace("\n           ", " ");
    let expected = "\nuntested   fresh runs do not tell whether it meets the objectives: median of 3 fresh runs: 4 743";
    assert!(said.contains(expected), "{said}");
    assert!(said.contains("objectives met by 1 of 3\n"), "{said}");
}

#[test]
fn what_was_refuted_says_so_with_the_error_and_what_became_of_it() {
    let mut tuning = sample::tuning();
    sample::refute(&mut tuning);
    let said = plain(&tuning).replace("\n           ", " ");
    let expected = "\nREFUTED    median of 3 fresh runs of 10 workers: 3 255 sessions/s (30 % less than predicted, outside 4 092–5 208)";
    assert!(said.contains(expected), "{said}");
    assert!(
        said.contains("What was to run before, 8 workers, is replaced"),
        "{said}"
    );
    let half = &mut tuning.verification.as_mut().unwrap().predictions[0];
    half.share = Some(sample::predicted(0.5, 0.1, 0.9));
    half.holds = Some(false);
    let said = plain(&tuning).replace("\n           ", " ");
    let expected = ", 90 % of what 8 workers gave (80 % more than predicted, outside 45–55 %); median of 3 fresh runs of 10";
    assert!(said.contains(expected), "{said}");
    tuning.verification.as_mut().unwrap().outcome = VerificationOutcome::Untested;
    assert!(plain(&tuning).contains("\nuntested   not verified: "));
}

#[test]
fn nothing_is_pasted_where_there_is_nothing_to_run() {
    let said = plain(&sample::empty());
    assert!(!said.contains("jamd serve"), "{said}");
    assert!(!said.contains("queue = "), "{said}");
    assert!(!said.contains("loss"), "{said}");
}

#[test]
fn what_is_wrong_with_a_tuning_is_said() {
    let said = plain(&troubled()).replace("\n           ", " ");
    for line in [
        "bottleneck the machine's cores, shared by the server and the load generator.",
        "  overload put to the test at ",
        "longer than they may",
        "load       12 346 sessions/s at random, ",
        "  doubted  1 trial left out, not to be believed: pacing: 12 % of the sessions began late",
        "noise      runs of the same candidate differ by 35 %",
        "generator  its busiest thread took up to 24 % of its time, all up to 12 % of the machine's; it reached ",
        "--quick    given up: latency against load",
        "failed     the server, in the end: cannot listen on 127.0.0.1:40001",
    ] {
        assert!(said.contains(line), "{line:?} in {said}");
    }
    let said = plain(&sample::tuning());
    for word in ["failed", "--quick", "doubted", "so that"] {
        assert!(!said.contains(word), "{word:?} in {said}");
    }
}

#[test]
fn lines_fit_what_they_are_printed_on_whether_it_is_narrow_or_wide() {
    for tuning in all() {
        for columns in [40, 50, 60, 80, 100] {
            let medium = Medium {
                columns,
                ..Medium::default()
            };
            let said = text(&tuning, &sample::origin(), medium);
            for line in said.lines() {
                assert!(line.chars().count() < columns, "{line:?} of {said}");
                assert_eq!(line, line.trim_end());
            }
        }
    }
}

#[test]
fn colours_and_at_the_end_the_answer_once_more_are_all_that_a_terminal_adds() {
    for tuning in all() {
        let medium = Medium {
            style: Style::Terminal,
            ..Medium::default()
        };
        let coloured = text(&tuning, &sample::origin(), medium);
        let mut parts = coloured.split('\u{1b}');
        let mut uncoloured = parts.next().unwrap().to_owned();
        for part in parts {
            let (escape, rest) = part.split_once('m').unwrap();
            assert!(escape.starts_with('['), "{part:?}");
            uncoloured += rest;
        }
        let plain = plain(&tuning);
        let answer = uncoloured.strip_prefix(&plain).unwrap();
        let answer = answer.strip_prefix('\n').unwrap();
        assert!(
            answer.lines().count() > 0 && plain.starts_with(answer),
            "{answer}"
        );
    }
}

#[test]
fn a_queue_that_is_longer_than_a_wait_may_be_says_which_would_not_be() {
    let mut tuning = sample::tuning();
    let said = |tuning: &Tuning| plain(tuning).replace("\n           ", " ");
    assert!(!said(&tuning).contains("it would be no longer"));
    tuning.queueing.as_mut().unwrap().places = 480;
    assert!(said(&tuning).contains("; with 48 places it would be no longer"));
}

#[test]
fn how_many_were_refused_is_said_at_once_if_they_are_more_than_one_in_a_thousand() {
    let mut tuning = sample::tuning();
    let workers = tuning.verdict.choice().unwrap().candidate.workers;
    for (refused, is_said) in [(0.0005, false), (0.034, true)] {
        let rows = tuning.regret.iter_mut();
        for row in rows.filter(|row| row.candidate.workers == workers) {
            row.refused = Some(refused);
        }
        let sentence = plain(&tuning);
        let sentence = sentence.split("CONFIRMED").next().unwrap();
        assert_eq!(
            sentence.contains(" refused, objectives met"),
            is_said,
            "{sentence}"
        );
    }
}

#[test]
fn the_text_is_as_it_was_last_looked_at() {
    insta::assert_snapshot!("everything", plain(&sample::tuning()));
    insta::assert_snapshot!("no_verdict", plain(&sample::empty()));
    insta::assert_snapshot!("troubled", plain(&troubled()));
}
