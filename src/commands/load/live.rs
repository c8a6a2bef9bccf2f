//! What is seen of a run while it goes on: a view that redraws itself on a terminal, lines elsewhere.
//! All of it on stderr; stdout is for the results.

mod lines;
mod view;

use crate::base::terminal::{Aside, Screen, is_watched};
use crate::load::{Observer, Plan};

use lines::Lines;
use view::View;

/// The observer that suits whoever reads stderr; if that is a person, on this screen.
pub(super) fn observer(plan: &Plan, screen: Screen) -> Box<dyn Observer> {
    if is_watched() {
        Box::new(View::new(plan, screen))
    } else {
        Box::new(Lines::new(Aside::stderr(), plan.warmup))
    }
}
