//! What stands behind a verdict, line by line: what keeps it from more, and other circumstances.

use crate::tune::{Bottleneck, Tuning};

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
