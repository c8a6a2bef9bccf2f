//! A tuning in a few lines.

use std::fmt::Write;

use crate::tune::{Tuning, Verdict};

pub(super) fn text(tuning: &Tuning) -> String {
    let mut text = match &tuning.verdict {
        Verdict::Run(choice) => format!(
            "Run {} workers (95 %: {}–{}) with a queue of {}: {:.0} sessions/s.\n",
            choice.candidate.workers,
            choice.span.low,
            choice.span.high,
            choice.candidate.queue,
            choice.band.goodput
        ),
        Verdict::Untold { reason, meanwhile } => {
            format!("It cannot be told: {reason:?}; meanwhile {meanwhile:?}\n")
        }
    };
    let _ = writeln!(text, "{:?}\n{:?}", tuning.end, tuning.calibration);
    text
}
