//! The CPU time that `jamd load` takes for a command, against a client that does the least.

use std::io;

use crate::client::{Cost, start_server};
use crate::pairs::{Compared, Effort};
use crate::quantity::{Quantity, Verdict};

/// What a filter is matched with.
pub(crate) const NAME: &str = "cpu";

const MOST: f64 = 1.15;

/// Compares the two clients of one server.
pub(crate) fn measure(effort: Effort) -> io::Result<Quantity> {
    eprintln!("{NAME}: µs a TIME, jamd load against a bare epoll client");
    let server = start_server()?;
    let addr = server.addr();
    let compared = Compared::measure(
        effort,
        || Cost::us_per_op(effort.length, |length| Cost::of_jamd(addr, length)),
        || Cost::us_per_op(effort.length, |length| Cost::of_bare(addr, length)),
    )?;
    Ok(Quantity {
        work: NAME,
        measured: compared.ratio_text(),
        beside: format!(
            "{:.2} µs a TIME, a bare client {:.2} µs",
            compared.subject.median(),
            compared.reference.median()
        ),
        target: format!("<= {MOST}"),
        verdict: Verdict::at_most(MOST, compared.ratio.median()),
    })
}
