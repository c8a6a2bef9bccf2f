//! Tests of rules for every page.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::load::{Drive, End, Ended, Failure, Outcome, Second, Slo, Tally, sample};

/// The largest size of a page.
const MOST_BYTES: usize = 300_000;

/// The name space of SVG, which is a name and not a network address.
const NAME_SPACE: &str = "xmlns=\"http://www.w3.org/2000/svg\"";

/// A measurement without any session.
fn nothing() -> Measurement {
    let mut measured = sample::open(1);
    measured.tally = Tally::default();
    measured.ended = Ended::default();
    measured.seconds = Vec::new();
    measured.window.elapsed = Duration::ZERO;
    measured.audits = Vec::new();
    measured
}

/// A page without judgements.
fn page(measured: &Measurement) -> String {
    super::page(measured, &[])
}

#[track_caller]
fn assert_self_contained(page: &str) {
    let bytes = page.len();
    assert!(bytes < MOST_BYTES, "a page of {bytes} bytes");
    let page = page.replace(NAME_SPACE, "");
    for outside in ["//", "<script", "url(", "@import", "NaN", "inf\""] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.trim_end().ends_with("</html>"));
}

#[test]
fn a_page_needs_nothing_else_and_is_the_same_every_time() {
    for measured in [sample::open(1), sample::closed(1)] {
        let written = page(&measured);
        assert_self_contained(&written);
        assert_eq!(written, page(&measured));
    }
}

#[test]
fn an_open_loop_has_five_plots_and_a_closed_one_four() {
    let pictures = |measured| page(&measured).matches("role=\"img\"").count();
    assert_eq!(pictures(sample::open(1)), 2 * 5);
    assert_eq!(pictures(sample::closed(1)), 2 * 4);
}

#[test]
fn the_page_of_a_day_is_no_heavier_than_others() {
    let mut measured = sample::open(1);
    let second = measured.seconds[0];
    measured.seconds = (0..86_400).map(|at| Second { at, ..second }).collect();
    measured.window.elapsed = Duration::from_hours(24);
    let page = page(&measured);
    assert_self_contained(&page);
    assert!(page.contains(">hours</text>"));
}

#[test]
fn what_others_wrote_is_never_markup() {
    let mut measured = sample::open(1);
    let hostile = "<img src=x>&\"'".to_owned();
    measured.place.address.clone_from(&hostile);
    measured.place.command.clone_from(&hostile);
    measured.place.kernel.clone_from(&hostile);
    measured.place.program.clone_from(&hostile);
    measured.audits[0].name.clone_from(&hostile);
    measured.audits[1].evidence.clone_from(&hostile);
    let page = page(&measured);
    assert!(!page.contains("<img"));
    assert!(page.contains("&lt;img src=x&gt;&amp;"));
}

#[test]
fn a_run_without_a_session_says_so_and_plots_nothing() {
    let page = page(&nothing());
    assert_self_contained(&page);
    assert!(page.contains("<h1>no session began, "));
    assert!(!page.contains("<svg"));
    assert!(page.contains("No second was measured."));
}

#[test]
fn a_run_of_one_second_is_plotted() {
    let mut measured = sample::closed(1);
    measured.seconds.truncate(1);
    measured.window.elapsed = Duration::from_secs(1);
    let page = page(&measured);
    assert_self_contained(&page);
    assert_eq!(page.matches("role=\"img\"").count(), 2 * 4);
}

#[test]
fn a_reservation_stands_before_the_figures() {
    let mut measured = sample::open(1);
    assert!(!page(&measured).contains("class=\"banner"));
    measured.audits[0].verdict = AuditResult::Failed;
    measured.end = End::Interrupted;
    let page = page(&measured);
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(place("INVALID</strong>") < place("Interrupted after 11.0\u{a0}s</strong>"));
    assert!(place("Interrupted after") < place("<h1 class=\"doubtful\">"));
}

#[test]
fn a_percentile_that_says_little_is_marked() {
    let mut measured = sample::closed(1);
    assert!(page(&measured).contains("<td class=\"thin\">~ "));
    for _ in 0..200 {
        let waited = Duration::from_secs(5);
        let gave_up = Outcome::Failed(Failure::ReplyTimedOut);
        measured.tally.end(gave_up, waited, waited);
    }
    assert!(page(&measured).contains("<td>≥ 5.0"));
}

#[test]
fn every_figure_stays_on_the_line_of_its_unit() {
    assert_eq!(
        whole("p50 1 234 µs, ≥ 5 s"),
        "p50\u{a0}1\u{a0}234\u{a0}µs, ≥\u{a0}5\u{a0}s"
    );
}

fn odd_time() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(Duration::ZERO),
        Just(Duration::MAX),
        any::<u64>().prop_map(Duration::from_nanos),
        any::<u32>().prop_map(|seconds| Duration::from_secs(seconds.into())),
    ]
}

fn odd_second() -> impl Strategy<Value = Second> {
    let count = || prop_oneof![Just(0_u64), 0..1_u64 << 50];
    let ended = (count(), count(), count()).prop_map(|(good, busy, failed)| Ended {
        good,
        busy,
        failed,
        replies: good,
    });
    let nanos = proptest::array::uniform6(prop_oneof![Just(0_u64), any::<u64>()]);
    (any::<u32>(), odd_time(), ended, nanos).prop_map(|(at, length, ended, nanos)| Second {
        at,
        length,
        ended,
        p50_ns: nanos[0],
        p99_ns: nanos[1],
        connect_ns: nanos[2],
        first_reply_ns: nanos[3],
        later_reply_ns: nanos[4],
        close_ns: nanos[5],
        ..Second::default()
    })
}

#[test]
fn whatever_was_measured_has_a_page() {
    let empty = nothing();
    let seconds = proptest::collection::vec(odd_second(), 0..4);
    let times = proptest::collection::vec(odd_time(), 0..4);
    let plan = (any::<u32>(), proptest::option::of(1..100_usize));
    proptest!(ProptestConfig::with_cases(32), |(
        seconds in seconds, times in times, begin in odd_time(), elapsed in odd_time(), plan in plan
    )| {
        let mut measured = empty.clone();
        measured.window.begin = begin;
        measured.window.elapsed = elapsed;
        measured.plan.shape.commands = plan.0;
        if let Some(clients) = plan.1 {
            measured.plan.drive = Drive::Closed { clients };
        }
        measured.seconds = seconds;
        for time in times {
            measured.tally.started += 1;
            measured.tally.end(Outcome::Good, time, time);
            measured.tally.lag.record(time);
        }
        assert_self_contained(&page(&measured));
    });
}

#[test]
fn objectives_are_told_with_how_they_came_out_where_there_are_any() {
    let measured = sample::closed(1);
    let heading = "Is it what was asked for?";
    assert!(!page(&measured).contains(heading));
    let slo: Slo = "p50<20ms,errors<0.1%,p99.99<10s".parse().unwrap();
    let page = super::page(&measured, &slo.judge(&measured));
    assert_self_contained(&page);
    assert!(page.contains(heading));
    for said in [
        "<span>p50\u{a0}&lt; 20\u{a0}ms</span><span class=\"evidence\">met, ",
        "<span>errors &lt; 0.1\u{a0}%</span><span class=\"evidence\">missed, 1.0\u{a0}%<",
        "<span>p99.99\u{a0}&lt; 10\u{a0}s</span><span class=\"evidence\">undecided, ",
    ] {
        assert!(page.contains(said), "{said}");
    }
}

#[test]
fn the_page_is_as_it_was_last_looked_at() {
    insta::assert_snapshot!("open_loop", page(&sample::open(1)));
    insta::assert_snapshot!("closed_loop", page(&sample::closed(1)));
}
