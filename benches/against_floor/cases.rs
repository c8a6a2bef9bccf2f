//! What is measured against what, and what is hoped for.

use std::io;

use crate::contestant::Contestant;
use crate::load::Work;
use crate::pairs::{Comparison, Effort};
use crate::quantity::Verdict;
use crate::reference::Reference;

/// The workers of a server that was not told how many.
pub(crate) const DEFAULT_WORKERS: u32 = 256;

const COMMANDS: Work = Work::Ask {
    clients: 64,
    burst: 1,
};

const PIPELINED: Work = Work::Ask {
    clients: 16,
    burst: 128,
};

const SESSIONS: Work = Work::Sessions { clients: 64 };

/// The rows of the table, in order.
pub(crate) const CASES: [Case; 8] = [
    Case {
        work: COMMANDS,
        workers: DEFAULT_WORKERS,
        against: Reference::Floor,
        target: Target {
            rate_at_least: Some(0.98),
            cpu_at_most: Some(1.03),
        },
    },
    Case {
        work: COMMANDS,
        workers: DEFAULT_WORKERS,
        against: Reference::Spawn,
        target: Target::NONE,
    },
    Case {
        work: PIPELINED,
        workers: DEFAULT_WORKERS,
        against: Reference::Floor,
        target: Target {
            rate_at_least: Some(1.0),
            cpu_at_most: None,
        },
    },
    Case {
        work: PIPELINED,
        workers: DEFAULT_WORKERS,
        against: Reference::Spawn,
        target: Target::NONE,
    },
    Case {
        work: SESSIONS,
        workers: 16,
        against: Reference::EventLoop,
        target: Target {
            rate_at_least: Some(1.0),
            cpu_at_most: Some(0.95),
        },
    },
    Case {
        work: SESSIONS,
        workers: 300,
        against: Reference::EventLoop,
        target: Target::CPU_NO_WORSE,
    },
    Case {
        work: SESSIONS,
        workers: DEFAULT_WORKERS,
        against: Reference::EventLoop,
        target: Target::CPU_NO_WORSE,
    },
    Case {
        work: SESSIONS,
        workers: DEFAULT_WORKERS,
        against: Reference::Spawn,
        target: Target::NONE,
    },
];

/// One row: a work, how many workers the subject has for it, and the reference.
#[derive(Debug)]
pub(crate) struct Case {
    work: Work,
    pub(crate) workers: u32,
    pub(crate) against: Reference,
    pub(crate) target: Target,
}

impl Case {
    /// What the work is called in the tables.
    pub(crate) fn work_name(&self) -> String {
        match self.work {
            Work::Ask { burst: 1, .. } => "commands".into(),
            Work::Ask { .. } => "pipelined".into(),
            Work::Sessions { .. } => format!("sessions-{}", self.workers),
        }
    }

    /// What a filter is matched with.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.work_name(), self.against.name())
    }

    /// Compares the two servers.
    pub(crate) fn measure(&self, subject: Contestant, effort: Effort) -> io::Result<Comparison> {
        eprintln!("{}: {subject} against {}", self.name(), self.against.name());
        let reference = Contestant::Reference(self.against);
        Comparison::measure(self.work, subject, reference, effort)
    }
}

/// The ratios that the subject should reach.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    rate_at_least: Option<f64>,
    cpu_at_most: Option<f64>,
}

impl Target {
    const NONE: Self = Self {
        rate_at_least: None,
        cpu_at_most: None,
    };

    const CPU_NO_WORSE: Self = Self {
        rate_at_least: None,
        cpu_at_most: Some(1.0),
    };

    /// The target in words; empty if there is none.
    pub(crate) fn text(&self) -> String {
        let rate = self
            .rate_at_least
            .map(|least| format!("rate >= {least:.2}"));
        let cpu = self.cpu_at_most.map(|most| format!("CPU <= {most:.2}"));
        rate.into_iter().chain(cpu).collect::<Vec<_>>().join(", ")
    }

    /// Whether the medians reach it; nothing if there is no target.
    pub(crate) fn verdict(&self, comparison: &Comparison) -> Option<Verdict> {
        let rate = self
            .rate_at_least
            .map(|least| comparison.rate_ratio().median() >= least);
        let cpu = self
            .cpu_at_most
            .map(|most| comparison.cpu_ratio().median() <= most);
        rate.into_iter()
            .chain(cpu)
            .reduce(|both, one| both && one)
            .map(Verdict::of)
    }
}
