//! How long it takes from starting a server to its first answer.

use std::io;
use std::time::Instant;

use crate::asking::{ask_once, connect_blocking};
use crate::contestant::Contestant;
use crate::interrupt;
use crate::quantity::{Quantity, Verdict};
use crate::reference::Reference;
use crate::spread::Spread;

/// What a filter is matched with.
pub(crate) const NAME: &str = "first-answer";

const STARTS: usize = 11;

const MOST_MS: f64 = 30.0;

/// Starts the subject and a baseline in turn, and takes the medians.
pub(crate) fn measure(subject: Contestant) -> io::Result<Quantity> {
    let baseline = Contestant::Reference(Reference::EventLoop);
    eprintln!("{NAME}: {subject}, and {baseline}");
    let mut subject_ms = Vec::with_capacity(STARTS);
    let mut baseline_ms = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        interrupt::check()?;
        subject_ms.push(first_answer_ms(subject)?);
        baseline_ms.push(first_answer_ms(baseline)?);
    }
    let subject_ms = Spread::of(subject_ms);
    Ok(Quantity {
        work: NAME,
        measured: format!("{:.2} ms", subject_ms.median()),
        beside: format!(
            "{:.2} to {:.2}; {baseline} {:.2} ms",
            subject_ms.quartile(0),
            subject_ms.quartile(4),
            Spread::of(baseline_ms).median()
        ),
        target: format!("<= {MOST_MS} ms"),
        verdict: Verdict::at_most(MOST_MS, subject_ms.median()),
    })
}

fn first_answer_ms(contestant: Contestant) -> io::Result<f64> {
    let before = Instant::now();
    let server = contestant.start()?;
    ask_once(&mut connect_blocking(server.addr())?)?;
    Ok(before.elapsed().as_secs_f64() * 1e3)
}
