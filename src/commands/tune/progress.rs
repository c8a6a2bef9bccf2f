//! The progress of a tuning: one redrawn line at a terminal, a line for each trial elsewhere.
//! All of it goes to stderr; stdout is for the results.

mod bar;
mod lines;

use std::time::Duration;

use crate::base::figures;
use crate::base::terminal::{Aside, Screen, is_watched};
use crate::tune::{Purpose, Span, TuningObserver};

use bar::Bar;
use lines::Lines;

/// The observer for stderr, for a tuning of this length: a bar on this screen at a terminal, lines
/// elsewhere.
pub(super) fn observer(budget: Duration, screen: Screen) -> Box<dyn TuningObserver> {
    if is_watched() {
        Box::new(Bar::new(budget, screen))
    } else {
        Box::new(Lines::new(Aside::stderr()))
    }
}

/// The purpose of a trial in one word.
fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Sweep => "sweep",
        Purpose::Refine => "refine",
        Purpose::Sentinel => "sentinel",
        Purpose::Load => "load",
        Purpose::Overload => "overload",
        Purpose::Verify => "verify",
    }
}

fn workers(workers: usize) -> String {
    let count = figures::count(u64::try_from(workers).unwrap_or(u64::MAX));
    let noun = if workers == 1 { "worker" } else { "workers" };
    format!("{count} {noun}")
}

/// The answer so far.
fn answer(best: Span) -> String {
    let Span { low, middle, high } = best;
    if low == high {
        format!("so far {middle}")
    } else {
        format!("so far {middle} ({low}–{high})")
    }
}
