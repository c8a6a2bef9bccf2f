//! What is seen of a run while it goes on: a view that redraws itself on a terminal, lines elsewhere.
//! All of it on stderr; stdout is for the results.

mod lines;
mod view;

use std::env;
use std::io::{self, IsTerminal};

use crate::load::{Observer, Plan};

use lines::Lines;
use view::View;

/// The observer that suits whoever reads stderr.
pub(super) fn observer(plan: &Plan) -> Box<dyn Observer> {
    if is_watched() {
        Box::new(View::new(plan))
    } else {
        Box::new(Lines::new(io::stderr(), plan.warmup))
    }
}

/// Whether a person looks at a terminal whose lines can be drawn anew.
fn is_watched() -> bool {
    let is_dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
    io::stderr().is_terminal() && !is_dumb && env::var_os("CI").is_none()
}
