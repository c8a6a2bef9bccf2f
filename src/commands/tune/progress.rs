//! What is seen of a tuning while it goes on: one line that is drawn anew at a terminal, a line for each
//! trial elsewhere. All of it on stderr; stdout is for the results.

mod bar;
mod lines;

use std::time::Duration;

use crate::base::figures;
use crate::base::terminal::{Aside, Screen, is_watched};
use crate::tune::{Purpose, Span, TuningObserver};

use bar::Bar;
use lines::Lines;

/// The observer that suits whoever reads stderr, of a tuning that may take so long; if that is a person,
/// on this screen.
pub(super) fn observer(budget: Duration, screen: Screen) -> Box<dyn TuningObserver> {
    if is_watched() {
        Box::new(Bar::new(budget, screen))
    } else {
        Box::new(Lines::new(Aside::stderr()))
    }
}

/// What a trial is for, in a word.
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
