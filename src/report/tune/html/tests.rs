//! Tests of rules for the page of every tuning.

use std::time::Duration;

use super::*;
use crate::report::tune::sample;
use crate::tune::{Candidate, Demand, Drift, Effort, Interval, Purpose, Trial};

/// The largest size of a page.
const MOST_BYTES: usize = 350_000;

/// The name space of SVG, which is a name and not a network address.
const NAME_SPACE: &str = "xmlns=\"http://www.w3.org/2000/svg\"";

/// The number of plots of a complete tuning.
const PLOTS: usize = 2;

fn written(tuning: &Tuning) -> String {
    page(tuning, &sample::origin())
}

fn pictures(page: &str) -> usize {
    page.matches("role=\"img\"").count()
}

#[track_caller]
fn assert_self_contained(page: &str) {
    let bytes = page.len();
    assert!(bytes < MOST_BYTES, "a page of {bytes} bytes");
    let page = page.replace(NAME_SPACE, "");
    for outside in ["//", "<script", "url(", "@import", "NaN", "inf"] {
        let is_outside = page.match_indices(outside).any(|(at, _)| {
            // Words that begin like a non-finite number are allowed.
            !page[at..].starts_with("infi")
        });
        assert!(!is_outside, "{outside}");
    }
    assert!(page.trim_end().ends_with("</html>"));
}

#[test]
fn a_page_needs_nothing_else_and_is_the_same_every_time() {
    let tuning = sample::tuning();
    let page = written(&tuning);
    assert_self_contained(&page);
    assert_eq!(page, written(&tuning));
    assert_eq!(pictures(&page), 2 * PLOTS);
}

#[test]
fn the_verdict_comes_first_with_what_to_paste() {
    let page = written(&sample::tuning());
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
    let order = [
        "<h1>Run 10\u{a0}workers (95\u{a0}%: 9–11) with a queue of 48: 4\u{a0}650\u{a0}sessions",
        "<pre>jamd serve --workers 10 --queue 48</pre>",
        "<pre>workers = 10\nqueue = 48</pre>",
        "<dt class=\"passed\">CONFIRMED</dt>",
        "<dt class=\"\">bottleneck</dt>",
        "<h2>What it looks like</h2>",
        "<h2>What each number of workers costs</h2>",
        "<tr class=\"chosen\"><th scope=\"row\">10, run</th>",
        "<h2>Can it be believed?</h2>",
        "<h2>Under which conditions</h2>",
        "<h2>How it was found</h2>",
    ];
    let places = order.map(place);
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn a_tuning_of_nothing_says_so_and_plots_nothing() {
    let page = written(&sample::empty());
    assert_self_contained(&page);
    assert!(page.contains("<h1 class=\"doubtful\">No recommendation"));
    assert_eq!(pictures(&page), 0);
    assert!(!page.contains("<pre>"));
    for why in [
        "No trial of the search can be believed.",
        "There was no time to look at it",
        "<li>Not done, or not to be believed: the overload.</li>",
    ] {
        assert!(page.contains(why), "{why}");
    }
}

#[test]
fn what_speaks_against_a_verdict_stands_before_it() {
    let mut tuning = sample::tuning();
    assert!(!written(&tuning).contains("class=\"banner"));
    sample::refute(&mut tuning);
    tuning.end = TuningEnd::Failed("exit code 1".to_owned());
    let page = written(&tuning);
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(place("REFUTED</strong>") < place("<h1"));
    assert!(place("The server failed</strong> <span>exit code 1<") < place("<h1"));
}

#[test]
fn the_method_is_that_of_the_server_and_the_demand_that_were_tuned() {
    let mut tuning = sample::tuning();
    tuning.settings.demand = Demand::PerWorker(4);
    let own = written(&tuning);
    tuning.settings.demand = Demand::Rate(900.0);
    let mut origin = sample::origin();
    origin.subject = Subject::Live("[::1]:45001".to_owned());
    let live = page(&tuning, &origin);
    for (of_own, of_live) in [
        (
            "starts a server from clean",
            "changes the workers of the server",
        ),
        (
            "to keep every worker occupied",
            "under the demand that was asked for",
        ),
        ("each starts anew", "though the server is the same"),
    ] {
        assert!(own.contains(of_own) && !live.contains(of_own), "{of_own}");
        assert!(
            live.contains(of_live) && !own.contains(of_live),
            "{of_live}"
        );
    }
}

#[test]
fn what_was_given_up_is_said() {
    let mut tuning = sample::tuning();
    tuning.settings.effort = Effort::Quick;
    tuning.trials.retain(|trial| trial.purpose != Purpose::Load);
    let page = written(&tuning);
    assert!(
        page.contains("There was no time to look at it"),
        "no plot of load"
    );
    assert!(page.contains("with --quick trials are shorter"));
    assert!(page.contains("<li>Not done: latency against load.</li>"));
    assert_eq!(pictures(&page), 2 * (PLOTS - 1));
}

#[test]
fn what_others_wrote_is_never_markup() {
    let hostile = "<img src=x>&\"'".to_owned();
    let mut tuning = sample::tuning();
    tuning.settings.slo = Some(hostile.clone());
    tuning.end = TuningEnd::Failed(hostile.clone());
    tuning.diagnosis.evidence.clone_from(&hostile);
    tuning.trials[0].doubts.push(hostile.clone());
    let mut origin = sample::origin();
    origin.subject = Subject::Live(hostile.clone());
    origin.place.command.clone_from(&hostile);
    origin.place.kernel.clone_from(&hostile);
    origin.place.program.clone_from(&hostile);
    origin.place.address = hostile;
    let page = page(&tuning, &origin);
    assert!(!page.contains("<img"));
    assert!(page.contains("&lt;img src=x&gt;&amp;"));
}

#[test]
fn the_page_of_a_day_is_no_heavier_than_others() {
    let mut tuning = sample::tuning();
    let trials = tuning.trials.clone();
    for _ in 0..200 {
        tuning.trials.extend(trials.iter().cloned());
    }
    let row = tuning.regret[0];
    tuning.regret = (1..100)
        .map(|workers| {
            let candidate = Candidate { workers, queue: 9 };
            crate::tune::Regret { candidate, ..row }
        })
        .collect();
    let page = written(&tuning);
    assert_self_contained(&page);
    let left_out = page.matches("drawn, taken evenly.</p>").count();
    assert_eq!(left_out, 2, "throughput, latency");
}

#[test]
fn every_repeat_is_a_dot() {
    let mut tuning = sample::tuning();
    let sweep = |trial: &&Trial| trial.purpose == Purpose::Sweep;
    let sweep: Vec<Trial> = tuning.trials.iter().filter(sweep).cloned().collect();
    for _ in 0..2 {
        tuning.trials.extend(sweep.iter().cloned());
    }
    let runs = tuning.trials.iter().filter(|trial| {
        let purpose = trial.purpose;
        ![Purpose::Load, Purpose::Overload].contains(&purpose)
    });
    let page = written(&tuning);
    let throughput = page
        .split("<svg")
        .find(|svg| svg.contains("throughput-wide-title"));
    let dots = throughput.unwrap().matches("<circle").count();
    assert_eq!(dots, runs.count());
    assert!(!page.contains("are drawn, taken evenly"));
}

#[test]
fn where_a_drift_is_taken_out_it_is_said_that_dots_are_as_they_were_measured() {
    let mut tuning = sample::tuning();
    for (low, is_found) in [(-0.1, false), (0.01, true)] {
        let interval = Interval { low, high: 0.2 };
        tuning.estimate.as_mut().unwrap().drift = Some(Drift {
            per_minute: 0.1,
            interval,
        });
        let page = written(&tuning);
        assert_eq!(page.contains("dots are as they were measured"), is_found);
    }
}

#[test]
fn odd_figures_have_a_page_too() {
    for odd in [0.0, f64::NAN, f64::INFINITY, 1e300, -1.0] {
        let mut tuning = sample::tuning();
        for trial in &mut tuning.trials {
            trial.goodput = odd;
            trial.refused = odd;
        }
        tuning.queueing.as_mut().unwrap().wait = Duration::ZERO;
        for prediction in &mut tuning.verification.as_mut().unwrap().predictions {
            prediction.goodput.value = odd;
        }
        let page = written(&tuning);
        assert!(page.trim_end().ends_with("</html>"));
        for attribute in ["x", "y", "cx", "cy", "height", "width", "d", "fill-opacity"] {
            for nothing in ["NaN", "inf"] {
                let broken = format!(" {attribute}=\"{nothing}");
                assert!(!page.contains(&broken), "{broken} for {odd}");
            }
        }
    }
}

#[test]
fn the_page_is_as_it_was_last_looked_at() {
    insta::assert_snapshot!("everything", written(&sample::tuning()));
    insta::assert_snapshot!("no_verdict", written(&sample::empty()));
}
