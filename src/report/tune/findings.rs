//! The findings behind a verdict, line by line: the bottleneck and other circumstances.

use crate::tune::{Bottleneck, Tuning};

/// One line of the findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) weight: Weight,
    pub(super) label: &'static str,
    pub(super) said: String,
}

/// How a line affects the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// The line supports the verdict.
    Good,
    /// The line is neutral.
    Plain,
    /// The line is worth knowing.
    Noted,
    /// The line speaks against the verdict.
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

/// The bottleneck of the verdict.
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
