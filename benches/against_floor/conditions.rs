//! What is measured, and how, in words.

use crate::cases::DEFAULT_WORKERS;
use crate::jamd_serve::QUEUE;
use crate::pairs::{Effort, PAIRS};
use crate::reference::Reference;

/// The conditions that are not the machine's, by name.
pub(crate) fn conditions(
    subject: Option<Reference>,
    effort: Effort,
) -> [(&'static str, String); 5] {
    [
        ("subject", subject_text(subject)),
        ("method", method(effort)),
        ("commands", "64 clients, one command at a time".into()),
        ("pipelined", "16 clients, 128 commands at a time".into()),
        (
            "sessions-W",
            "64 clients: connect, one command, QUIT, end; W workers".into(),
        ),
    ]
}

fn subject_text(subject: Option<Reference>) -> String {
    match subject {
        None => format!("jamd, {DEFAULT_WORKERS} workers where W is not given, a queue of {QUEUE}"),
        Some(reference) => format!("{}, in the place of jamd", reference.name()),
    }
}

fn method(effort: Effort) -> String {
    format!(
        "medians of {PAIRS} pairs of new processes, {} s each way in turns of 50 ms",
        effort.interval().as_secs_f64()
    )
}
