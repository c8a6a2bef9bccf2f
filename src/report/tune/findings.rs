//! What stands behind a verdict, line by line: what keeps it from more, and other circumstances.

use std::time::Duration;

use super::alternatives;
use super::words::{count, counted, span};
use crate::base::figures::time;
use crate::tune::{Bottleneck, Case, Crowd, Sensitivity, Tuning};

/// One line of what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) weight: Weight,
    pub(super) label: &'static str,
    pub(super) said: String,
}

/// What a line is to the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// It speaks for it.
    Good,
    /// Neither.
    Plain,
    /// One should know it.
    Noted,
    /// It speaks against it.
    Bad,
}

impl Line {
    pub(super) fn new(weight: Weight, label: &'static str, said: String) -> Self {
        Self {
            weight,
            label,
            said,
        }
    }
}

/// What keeps the verdict from giving more.
pub(super) fn bottleneck(tuning: &Tuning) -> Line {
    let diagnosis = &tuning.diagnosis;
    let weight = match diagnosis.bottleneck {
        Bottleneck::Workers
        | Bottleneck::ServerCpu
        | Bottleneck::Contention
        | Bottleneck::Nothing => Weight::Plain,
        Bottleneck::SharedCores
        | Bottleneck::Backlog
        | Bottleneck::Client
        | Bottleneck::Pacing
        | Bottleneck::Ports
        | Bottleneck::Unknown => Weight::Noted,
    };
    let said = format!("{}. {}", diagnosis.bottleneck.name(), diagnosis.evidence);
    Line::new(weight, "bottleneck", said)
}

/// What would have to run in other circumstances.
pub(super) fn sensitivity(tuning: &Tuning) -> Vec<Line> {
    let verdict = tuning.verdict.choice();
    let row = verdict.and_then(|choice| alternatives::row(tuning, choice.candidate.workers));
    let p99 = row.and_then(|row| Some(row.latency?.p99));
    let lines = tuning.sensitivity.iter().map(|it| {
        let label = match it.case {
            Case::ClientsDoubled => "load ×2",
            Case::ServiceDoubled => "service ×2",
        };
        let verdict = verdict.map(|choice| choice.candidate.workers);
        let said = of_case(it, verdict, p99);
        Line::new(Weight::Plain, label, said)
    });
    lines.collect()
}

fn of_case(case: &Sensitivity, verdict: Option<usize>, p99: Option<Duration>) -> String {
    let if_so = match case.case {
        Case::ClientsDoubled => "if clients double",
        Case::ServiceDoubled => "if sessions keep a worker twice as long",
    };
    let workers = counted(case.workers, "worker");
    let run = if verdict == Some(case.workers) {
        format!("run the same {workers}")
    } else {
        format!("run {workers} (95 %: {})", span(case.span))
    };
    let crowd = case.crowd.map(|crowd| format!(" {}", crowded(&crowd, p99)));
    format!("{if_so}, {run}. {}{}", case.note, crowd.unwrap_or_default())
}

/// What becomes of twice as many clients as a server has workers for.
fn crowded(crowd: &Crowd, p99: Option<Duration>) -> String {
    let Crowd {
        clients,
        turned_away,
        mean,
        before,
    } = *crowd;
    let (away, more) = match turned_away {
        0 => (String::new(), ""),
        some => (
            format!(", of whom {} at a time are refused,", count(some)),
            "; longer if those who are refused come again at once, for that takes time from the others",
        ),
    };
    let longer = |p99: Duration| {
        let seconds = p99.as_secs_f64() * crowd.times();
        Some((p99, Duration::try_from_secs_f64(seconds).ok()?))
    };
    let p99 = p99.and_then(longer).map(|(p99, longer)| {
        let [p99, longer] = [p99, longer].map(time);
        format!(", and p99 about {longer} instead of {p99} if it grows as the mean does")
    });
    format!(
        "With {} clients instead of {}{away} a session takes {} instead of {} in the mean (Little's law){}{more}.",
        count(clients),
        count(clients / 2),
        time(mean),
        time(before),
        p99.unwrap_or_default()
    )
}
