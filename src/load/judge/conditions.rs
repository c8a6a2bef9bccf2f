//! The conditions of two runs, compared. Only runs in equal conditions can be merged.

use std::fmt;

use crate::load::result::Measurement;
use crate::load::{Drive, Then, Think};

/// A condition of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// Open or closed loop.
    Loop,
    /// The spacing of arrivals.
    Arrivals,
    /// Sessions begun a second.
    Rate,
    /// The number of clients.
    Clients,
    /// Commands in a session.
    Commands,
    /// The action after the last command.
    Then,
    /// Commands sent in one piece.
    Pipeline,
    /// The pause between a reply and the next command.
    Think,
    /// The limit of every wait.
    Timeout,
    /// Processes that make one load.
    Shards,
    /// The server to load.
    Target,
    /// The number of event loops.
    Threads,
    /// The machine's kernel.
    Kernel,
    /// The machine's cores.
    Cores,
    /// Whether the server is on the load tester's machine.
    Server,
    /// The program and its version.
    Program,
}

/// A condition in which two runs differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlike {
    /// The condition.
    pub condition: Condition,
    /// Its value for the first run.
    pub a: String,
    /// Its value for the second run.
    pub b: String,
}

/// The text for a run's condition.
type Written = fn(&Measurement) -> String;

const CONDITIONS: [(Condition, Written); 16] = [
    (Condition::Loop, |run| match run.plan.drive {
        Drive::Closed { .. } => "closed".to_owned(),
        Drive::Open { .. } => "open".to_owned(),
    }),
    (Condition::Arrivals, |run| match run.plan.drive {
        Drive::Closed { .. } => String::new(),
        Drive::Open { arrivals, .. } => arrivals.to_string(),
    }),
    (Condition::Rate, |run| match &run.plan.drive {
        Drive::Closed { .. } => String::new(),
        Drive::Open { stages, .. } => stages.to_string(),
    }),
    (Condition::Clients, |run| {
        run.plan.drive.clients().to_string()
    }),
    (Condition::Commands, |run| {
        run.plan.shape.commands.to_string()
    }),
    (Condition::Then, |run| match run.plan.shape.then {
        Then::Quit => "a new connection".to_owned(),
        Then::KeepAlive => "the same connection".to_owned(),
    }),
    (Condition::Pipeline, |run| {
        run.plan.shape.pipeline.to_string()
    }),
    (Condition::Think, |run| match run.plan.shape.think {
        Think::None => "none".to_owned(),
        Think::Fixed { seconds } => format!("{seconds:?}"),
        Think::Exponential { mean } => format!("exponential, {mean:?} on average"),
    }),
    (Condition::Timeout, |run| format!("{:?}", run.plan.timeout)),
    (Condition::Shards, |run| run.plan.shard.count.to_string()),
    (Condition::Target, |run| run.plan.target.to_string()),
    (Condition::Threads, |run| run.plan.threads.to_string()),
    (Condition::Kernel, |run| run.place.kernel.clone()),
    (Condition::Cores, |run| run.place.cores.to_string()),
    (Condition::Server, |run| {
        let shares = run.place.shares_machine;
        if shares {
            "the same machine"
        } else {
            "another machine"
        }
        .to_owned()
    }),
    (Condition::Program, |run| run.place.program.clone()),
];

/// The conditions in which two runs differ.
pub(in crate::load) fn unlike(a: &Measurement, b: &Measurement) -> Vec<Unlike> {
    let all = CONDITIONS.into_iter().map(|(condition, written)| Unlike {
        condition,
        a: written(a),
        b: written(b),
    });
    all.filter(|unlike| unlike.a != unlike.b).collect()
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loop => "loop",
            Self::Arrivals => "arrivals",
            Self::Rate => "rate",
            Self::Clients => "clients",
            Self::Commands => "commands a session",
            Self::Then => "next session",
            Self::Pipeline => "pipeline",
            Self::Think => "think time",
            Self::Timeout => "timeout",
            Self::Shards => "number of shards",
            Self::Target => "target",
            Self::Threads => "threads",
            Self::Kernel => "kernel",
            Self::Cores => "cores",
            Self::Server => "server's place",
            Self::Program => "program",
        })
    }
}

impl fmt::Display for Unlike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_none = |text: &str| if text.is_empty() { "none" } else { text }.to_owned();
        write!(
            f,
            "{}: {} and {}",
            self.condition,
            or_none(&self.a),
            or_none(&self.b)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::sample;

    #[test]
    fn runs_of_one_plan_on_one_machine_are_alike() {
        assert_eq!(unlike(&sample::open(1), &sample::open(2)), []);
        assert_eq!(unlike(&sample::closed(1), &sample::closed(2)), []);
    }

    #[test]
    fn what_is_not_alike_is_named_with_both_values() {
        let a = sample::closed(1);
        let mut b = sample::closed(1);
        b.plan.drive = Drive::Closed { clients: 128 };
        b.place.cores = 8;
        let said: Vec<_> = unlike(&a, &b).iter().map(ToString::to_string).collect();
        assert_eq!(said, ["clients: 64 and 128", "cores: 2 and 8"]);
        let said = unlike(&a, &sample::open(1))[0].to_string();
        assert_eq!(said, "loop: closed and open");
    }
}
