//! The progress of a run: a redrawn view on a terminal, lines elsewhere.
//! All of it goes to stderr; stdout is for the results.

mod lines;
mod view;

use crate::base::terminal::{Aside, Screen, is_watched};
use crate::load::{Observer, Plan};

use lines::Lines;
use view::View;

/// The observer for stderr: a view on this screen at a terminal, lines elsewhere.
pub(super) fn observer(plan: &Plan, screen: Screen) -> Box<dyn Observer> {
    if is_watched() {
        Box::new(View::new(plan, screen))
    } else {
        Box::new(Lines::new(Aside::stderr(), plan.warmup))
    }
}
