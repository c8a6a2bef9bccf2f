//! Tests of the text report with made-up measurements.

use std::time::Duration;

use super::*;
use crate::base::layout::Style;
use crate::load::{Audit, Failure, Outcome, Tally, Then, sample};

fn plain(measured: &Measurement) -> String {
    text(measured, Medium::default())
}

fn first_line(measured: &Measurement) -> String {
    plain(measured).lines().next().unwrap().to_owned()
}

/// Adds a count of sessions with one outcome and one time.
fn with(mut measured: Measurement, outcome: Outcome, count: u64, millis: u64) -> Measurement {
    let time = Duration::from_millis(millis);
    for _ in 0..count {
        measured.tally.started += 1;
        measured.tally.end(outcome, time, time);
    }
    measured
}

fn audited(mut measured: Measurement, name: &str, verdict: AuditResult) -> Measurement {
    measured.audits.push(Audit {
        name: name.to_owned(),
        verdict,
        evidence: format!("the figures of {name}"),
    });
    measured
}

fn keep_alive() -> Measurement {
    let mut measured = sample::closed(1);
    measured.plan.shape.then = Then::KeepAlive;
    measured
}

/// A measurement with errors of every class, all hints, and every kind of verdict.
fn troubled() -> Measurement {
    let mut measured = sample::open(1);
    for failure in Failure::ALL {
        measured = with(measured, Outcome::Failed(failure), 3, 5000);
    }
    measured.backlog.retried = 12;
    measured.backlog.overflows = Some(345);
    measured.client.starved = 8;
    audited(measured, "client saturation", AuditResult::Failed)
}

#[test]
fn the_first_line_is_the_answer() {
    let said = first_line(&sample::closed(1));
    let p50 = figures::percentile(sample::closed(1).percentile(0.5).unwrap());
    assert!(
        said.starts_with(&format!(
            "980 good sessions/s, but 1.0 % busy, 1.0 % errors; p50 {p50}, p99 "
        )),
        "{said}"
    );
}

#[test]
fn what_is_not_to_be_believed_says_so_first() {
    let said = plain(&audited(sample::closed(1), "pacing", AuditResult::Failed));
    let expected = "INVALID: pacing: the figures of pacing; do not use these figures\n";
    assert!(said.starts_with(expected), "{said}");
}

#[test]
fn a_run_cut_short_says_so_and_after_how_long() {
    let mut measured = sample::closed(1);
    measured.end = End::Interrupted;
    measured.window.elapsed = Duration::from_millis(3210);
    let said = plain(&measured);
    assert!(said.starts_with("Interrupted: "), "{said}");
    assert_eq!(said.matches("3.2 s").count(), 1, "{said}");
}

#[test]
fn where_nothing_went_well_there_is_no_percentile() {
    let mut measured = sample::closed(1);
    measured.tally = Tally::default();
    let said = first_line(&measured);
    assert_eq!(said, "no session began, with 64 clients for 11 s");
    let refused = Outcome::Failed(Failure::Refused);
    let said = plain(&with(measured, refused, 50, 1));
    let expected = "no good session of 50: 100 % errors, with 64 clients for 11 s\n";
    assert!(said.starts_with(expected), "{said}");
    assert!(!said.contains("latency"), "{said}");
}

#[test]
fn every_session_is_accounted_for() {
    let said = plain(&sample::closed(1));
    let sum = "11 000 started = 10 780 good + 110 busy + 110 errors + 0 unfinished";
    assert!(said.contains(sum), "{said}");
}

#[test]
fn a_round_is_not_called_a_session() {
    let said = plain(&keep_alive());
    assert!(!said.contains("session"), "{said}");
    assert!(said.contains("980 good rounds/s"), "{said}");
}

#[test]
fn an_open_loop_has_both_latencies_and_a_closed_loop_one() {
    for (measured, count) in [(sample::open(1), 1), (sample::closed(1), 0)] {
        let said = plain(&measured);
        for row in ["\nfrom intended start ", "\nfrom actual start "] {
            assert_eq!(said.matches(row).count(), count, "{row:?} in {said}");
        }
    }
}

#[test]
fn every_error_has_a_row_and_the_ports_their_budget() {
    let said = plain(&troubled());
    for failure in Failure::ALL {
        let row = format!("\n{} ", failure.name());
        assert!(said.contains(&row), "{row:?} in {said}");
    }
    assert!(said.contains("last for 470 connections/s"), "{said}");
    assert!(said.contains("\nconnection retried: 12 "), "{said}");
    assert!(said.contains("\nnever answered: 8 clients"), "{said}");
    let mut well = sample::closed(1);
    well.tally.failed = Default::default();
    assert!(!plain(&well).contains("\nerrors "));
}

#[test]
fn passed_audits_share_a_line_and_others_have_their_own() {
    let said = plain(&audited(troubled(), "pacing", AuditResult::Passed));
    for line in [
        "audits     conservation, pacing: passed",
        "  noted    this machine: client and server share its 2 cores",
        "  FAILED   client saturation: the figures of client saturation",
    ] {
        assert!(said.lines().any(|l| l == line), "{line:?} in {said}");
    }
}

#[test]
fn marks_are_explained_where_there_are_any() {
    let explained = |measured: &Measurement| {
        let said = plain(measured);
        ["~", "≥"].map(|mark| {
            let lines = said.lines().filter(|line| line.contains(mark)).count();
            assert!(lines != 1, "{mark} without its other half: {said}");
            lines > 1
        })
    };
    assert_eq!(explained(&sample::closed(1)), [true, false]);
    let given_up = Outcome::Failed(Failure::ReplyTimedOut);
    assert_eq!(
        explained(&with(sample::closed(1), given_up, 200, 5000)),
        [false, true]
    );
    let many = with(sample::closed(1), Outcome::Good, 100_000, 1);
    assert_eq!(explained(&many), [false, false]);
}

#[test]
fn lines_fit_what_they_are_printed_on_whether_it_is_narrow_or_wide() {
    for measured in [sample::open(1), sample::closed(1), keep_alive(), troubled()] {
        for columns in [50, 60, 80, 100] {
            let medium = Medium {
                columns,
                ..Medium::default()
            };
            let said = text(&measured, medium);
            for line in said.lines() {
                assert!(line.chars().count() < columns, "{line:?} of {said}");
                assert_eq!(line, line.trim_end());
            }
        }
    }
}

#[test]
fn colours_are_all_that_a_terminal_adds() {
    for measured in [sample::open(1), troubled()] {
        let medium = Medium {
            style: Style::Terminal,
            ..Medium::default()
        };
        let coloured = text(&measured, medium);
        let mut parts = coloured.split('\u{1b}');
        let mut uncoloured = parts.next().unwrap().to_owned();
        for part in parts {
            let (escape, rest) = part.split_once('m').unwrap();
            assert!(escape.starts_with('['), "{part:?}");
            uncoloured += rest;
        }
        assert_eq!(uncoloured, plain(&measured));
    }
}

#[test]
fn the_text_is_as_it_was_last_looked_at() {
    insta::assert_snapshot!("open_loop", plain(&sample::open(1)));
    insta::assert_snapshot!("closed_loop", plain(&sample::closed(1)));
    insta::assert_snapshot!("keep_alive", plain(&keep_alive()));
    insta::assert_snapshot!("troubled", plain(&troubled()));
}
