//! What keeps a server from giving more.

mod seen;

use serde::{Deserialize, Serialize};

use super::estimate::WITHIN;
use super::trial::Evidence;
use seen::More;
pub(super) use seen::Seen;

/// The share of the cores from which there are none left.
const NO_CORES: f64 = 0.9;

/// The share of them from which they, and no lock, are what workers wait for that gain nothing.
const FEW_CORES: f64 = 0.7;

/// The share of the cores from which the load generator takes some that the server would need.
const TAKES: f64 = 0.1;

/// The share of its time from which a thread of the load generator has none left.
const NO_TIME: f64 = 0.9;

/// The part of what the load generator can do from which it is what is measured.
const CEILING: f64 = 0.7;

/// The share of their time from which workers have none left.
const ALL_OCCUPIED: f64 = 0.9;

/// The share of sessions that a fault of the way to the server may have before it is the bottleneck.
const FAULTS: f64 = 0.001;

/// The share of sessions that may begin late before the rate is not what was ordered.
const LATE: f64 = 0.01;

/// What keeps the verdict from giving more, and how one knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// What.
    pub bottleneck: Bottleneck,
    /// How one knows: a sentence.
    pub evidence: String,
}

/// What is exhausted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bottleneck {
    /// All workers are occupied, and more of them would serve more.
    Workers,
    /// The server computes on all cores.
    ServerCpu,
    /// The machine's cores, shared by the server and the load generator.
    SharedCores,
    /// Something that sessions share within the server, such as a lock: more workers only wait for it.
    Contention,
    /// The accept backlog: the kernel drops connections before the server sees them.
    Backlog,
    /// The load generator.
    Client,
    /// The moments at which sessions begin, which the load generator did not keep to.
    Pacing,
    /// Local ports of the load generator.
    Ports,
    /// Nothing: the server could serve more than comes.
    Nothing,
    /// It cannot be told.
    Unknown,
}

impl Bottleneck {
    /// What a person reads.
    pub fn name(self) -> &'static str {
        match self {
            Self::Workers => "the workers",
            Self::ServerCpu => "the server's CPU",
            Self::SharedCores => "the machine's cores, shared by the server and the load generator",
            Self::Contention => "something that sessions share within the server, such as a lock",
            Self::Backlog => "the accept backlog",
            Self::Client => "the load generator",
            Self::Pacing => "the pacing of the load generator",
            Self::Ports => "the load generator's local ports",
            Self::Nothing => "nothing",
            Self::Unknown => "not known",
        }
    }
}

impl Diagnosis {
    /// Asks from the way to the server to what is in it: what is exhausted on the way hides what is behind.
    pub(super) fn of(seen: Option<&Seen>) -> Self {
        let found = seen.and_then(|seen| {
            let ways = [
                way(seen),
                cores(seen),
                client(seen),
                pacing(seen),
                workers(seen),
            ];
            ways.into_iter().flatten().next()
        });
        let (bottleneck, evidence) = found.unwrap_or_else(|| {
            let evidence = "Neither the server nor this machine says how busy it was.";
            (Bottleneck::Unknown, evidence.to_owned())
        });
        Self {
            bottleneck,
            evidence,
        }
    }
}

fn way(seen: &Seen) -> Option<(Bottleneck, String)> {
    let Evidence {
        portless, dropped, ..
    } = seen.evidence;
    if portless > FAULTS {
        let evidence = format!("{} of the sessions found no local port.", percent(portless));
        Some((Bottleneck::Ports, evidence))
    } else if dropped > FAULTS {
        let evidence = format!(
            "The kernel dropped {} of the connections because the accept backlog was full.",
            percent(dropped)
        );
        Some((Bottleneck::Backlog, evidence))
    } else {
        None
    }
}

fn cores(seen: &Seen) -> Option<(Bottleneck, String)> {
    let server = seen.evidence.server_cpu?;
    let client = seen.client_on_servers_cores();
    if server + client < NO_CORES {
        return None;
    }
    Some(if client < TAKES {
        let evidence = format!(
            "The server computed for {} of the time of all {} cores.",
            percent(server),
            seen.cores
        );
        (Bottleneck::ServerCpu, evidence)
    } else {
        let evidence = format!(
            "Of the time of its {} cores the server took {} and the load generator {}: with the \
             generator on another machine the server would have more.",
            seen.cores,
            percent(server),
            percent(client)
        );
        (Bottleneck::SharedCores, evidence)
    })
}

fn client(seen: &Seen) -> Option<(Bottleneck, String)> {
    let reached = seen.ceiling.map(|ceiling| seen.goodput / ceiling);
    let evidence = if let Some(reached) = reached.filter(|reached| *reached >= CEILING) {
        format!(
            "This is {} of what the load generator reaches against a server that does nothing, so \
             the figures may be its own.",
            percent(reached)
        )
    } else if seen.evidence.client_busy >= NO_TIME {
        format!(
            "The busiest thread of the load generator computed, or waited for a core, for {} of its \
             time.",
            percent(seen.evidence.client_busy)
        )
    } else {
        return None;
    };
    Some((Bottleneck::Client, evidence))
}

fn pacing(seen: &Seen) -> Option<(Bottleneck, String)> {
    let late = seen.evidence.late;
    (late > LATE).then(|| {
        let evidence = format!(
            "{} of the sessions began late or not at all, though the load generator had time to \
             begin them.",
            percent(late)
        );
        (Bottleneck::Pacing, evidence)
    })
}

fn workers(seen: &Seen) -> Option<(Bottleneck, String)> {
    let occupied = seen.evidence.occupied?;
    let share = percent(occupied);
    if occupied < ALL_OCCUPIED {
        let evidence = format!(
            "The {} workers were occupied for {share} of their time, and nothing else was exhausted: \
             more could be served than comes.",
            seen.workers
        );
        return Some((Bottleneck::Nothing, evidence));
    }
    let all = format!(
        "The {} workers were occupied for {share} of their time",
        seen.workers
    );
    Some(match (seen.more, seen.busy_cores()) {
        (Some(More { workers, gain }), Some(cores)) if gain <= WITHIN && cores >= FEW_CORES => {
            let evidence = format!(
                "{all}, {workers} gain nothing, and {} of the cores' time is taken.",
                percent(cores)
            );
            let is_shared = seen.client_on_servers_cores() >= TAKES;
            let cpu = if is_shared {
                Bottleneck::SharedCores
            } else {
                Bottleneck::ServerCpu
            };
            (cpu, evidence)
        }
        (Some(More { workers, gain }), Some(cores)) if gain <= WITHIN => {
            let evidence = format!(
                "{all} and {workers} gain nothing, yet only {} of the cores' time is taken: \
                 sessions wait for each other.",
                percent(cores)
            );
            (Bottleneck::Contention, evidence)
        }
        (Some(More { workers, gain }), None) if gain <= WITHIN => {
            let evidence = format!(
                "{all} and {workers} gain nothing, but how busy the cores were is not known."
            );
            (Bottleneck::Unknown, evidence)
        }
        (Some(More { workers, gain }), _) => {
            let evidence = format!("{all}, and {workers} serve {} more.", percent(gain));
            (Bottleneck::Workers, evidence)
        }
        (None, _) => (Bottleneck::Workers, format!("{all}.")),
    })
}

/// A share as a person reads it.
fn percent(share: f64) -> String {
    if share < 0.01 {
        format!("{:.1} %", 100.0 * share)
    } else {
        format!("{:.0} %", 100.0 * share)
    }
}
