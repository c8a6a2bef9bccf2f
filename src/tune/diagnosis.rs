//! The bottleneck diagnosis: which resource limits the server's throughput.

mod seen;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::estimate::WITHIN;
use super::trial::Evidence;
use seen::More;
pub(super) use seen::Seen;

/// The busy share of the cores from which the CPU counts as exhausted.
const NO_CORES: f64 = 0.9;

/// The share of the server's cores from which the load generator competes with the server.
const TAKES: f64 = 0.1;

/// The share that counts as most of something.
const MOST: f64 = 0.5;

/// The busy share of a load generator's thread from which the thread counts as exhausted.
const NO_TIME: f64 = 0.9;

/// The share of the load generator's ceiling from which the result measures the load generator.
const CEILING: f64 = 0.7;

/// The share of occupied time from which all workers count as occupied.
const ALL_OCCUPIED: f64 = 0.9;

/// The share of sessions with a fault before the server from which that fault is the bottleneck.
const FAULTS: f64 = 0.001;

/// The share of late sessions above which the rate is not the ordered one.
const LATE: f64 = 0.01;

/// The bottleneck of the verdict, and the evidence for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The exhausted resource.
    pub bottleneck: Bottleneck,
    /// The evidence, as a sentence.
    pub evidence: String,
}

/// A resource that limits throughput.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bottleneck {
    /// All workers are occupied, and more workers would serve more. If the workers wait for a busy load
    /// generator, they must serve much more.
    Workers,
    /// The server computes on all cores.
    ServerCpu,
    /// The machine's cores are exhausted, shared by the server and the load generator.
    SharedCores,
    /// Sessions share something within the server, such as a lock: more workers only wait for it.
    Contention,
    /// The accept backlog: the kernel drops connections before the server sees them.
    Backlog,
    /// The load generator is exhausted.
    Client,
    /// The load generator did not start sessions at the scheduled moments.
    Pacing,
    /// The load generator has no free local ports.
    Ports,
    /// There is no bottleneck: the server could serve more than arrives.
    Nothing,
    /// The bottleneck is unknown.
    Unknown,
}

impl Bottleneck {
    /// The name for reports.
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
    /// Checks bottlenecks from the way to the server inwards, because a bottleneck on the way hides any
    /// behind it.
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
    if server + client < MOST || seen.busy_cores()? < NO_CORES {
        return None;
    }
    let others = match seen.others_in_the_way() {
        others if others >= TAKES => format!(", and other programs {}", percent(others)),
        _ => String::new(),
    };
    Some(if client < TAKES {
        let evidence = format!(
            "The server took {} of the time of all {} cores{others}.",
            percent(server),
            seen.cores
        );
        (Bottleneck::ServerCpu, evidence)
    } else {
        let evidence = format!(
            "Of the time of its {} cores the server took {} and the load generator {}{others}: with \
             the generator on another machine the server would have more.",
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
    let Evidence { late, occupied, .. } = seen.evidence;
    // A punctual session finds no worker either; a session may be late because no worker became free.
    let finds_a_worker = occupied.is_none_or(|occupied| occupied < ALL_OCCUPIED);
    (late > LATE && finds_a_worker).then(|| {
        let evidence = format!(
            "{} of the sessions began late or not at all, though the busiest thread of the load \
             generator computed, or waited for a core, for only {} of its time.",
            percent(late),
            percent(seen.evidence.client_busy)
        );
        (Bottleneck::Pacing, evidence)
    })
}

fn workers(seen: &Seen) -> Option<(Bottleneck, String)> {
    let occupied = seen.evidence.occupied?;
    let all = format!(
        "{} occupied for {} of {} time",
        match seen.workers {
            1 => "The only worker was".to_owned(),
            workers => format!("The {workers} workers were"),
        },
        percent(occupied),
        if seen.workers == 1 { "its" } else { "their" }
    );
    if occupied < ALL_OCCUPIED {
        return Some(not_all_occupied(seen, &all));
    }
    Some(match seen.more {
        Some(more) if more.gain > MOST * more.added => more_serve_more(&all, more),
        // If workers mostly wait for the load generator, that is the bottleneck, unless more workers gain
        // enough.
        Some(more) => wait_for_clients(seen, &all).unwrap_or_else(|| {
            if more.gain > WITHIN {
                more_serve_more(&all, more)
            } else {
                enough_workers(seen, &all, more.workers)
            }
        }),
        None => most_workers(seen, &all),
    })
}

/// The case that all workers are occupied and more workers serve more.
fn more_serve_more(all: &str, more: More) -> (Bottleneck, String) {
    let More { workers, gain, .. } = more;
    let evidence = format!("{all}, and {workers} serve {} more.", percent(gain));
    (Bottleneck::Workers, evidence)
}

/// The case that all workers are occupied and larger pools have no figures.
fn most_workers(seen: &Seen, all: &str) -> (Bottleneck, String) {
    if let Some(cores) = seen.few_cores()
        && seen.waits_within_sessions()
    {
        let taken = taken(seen, cores);
        let evidence = format!("{all} by sessions that last longer than one alone, and {taken}.");
        (cpu(seen), evidence)
    } else {
        let evidence = format!("{all}, and nothing else was exhausted.");
        (Bottleneck::Workers, evidence)
    }
}

/// The case that all workers are occupied and more workers gain nothing.
fn enough_workers(seen: &Seen, all: &str, more: usize) -> (Bottleneck, String) {
    match (seen.few_cores(), seen.busy_cores()) {
        (Some(cores), _) => {
            let evidence = format!("{all}, {more} gain nothing, and {}.", taken(seen, cores));
            (cpu(seen), evidence)
        }
        (None, Some(cores)) => {
            let evidence = format!(
                "{all} and {more} gain nothing, yet only {} of the cores' time is taken: \
                 sessions wait for each other.",
                percent(cores)
            );
            (Bottleneck::Contention, evidence)
        }
        (None, None) => {
            let evidence =
                format!("{all} and {more} gain nothing, but how busy the cores were is not known.");
            (Bottleneck::Unknown, evidence)
        }
    }
}

/// The case that workers were idle for a part of their time. The reason is a lack of sessions, unless the
/// load generator lacked time or cores to start them.
fn not_all_occupied(seen: &Seen, all: &str) -> (Bottleneck, String) {
    let nothing = || {
        let evidence =
            format!("{all}, and nothing else was exhausted: more could be served than comes.");
        (Bottleneck::Nothing, evidence)
    };
    if !seen.come_at_once() {
        return nothing();
    }
    let no_cores = || {
        let cores = seen.busy_cores().filter(|cores| *cores >= NO_CORES)?;
        let evidence = format!("{all}, and {}.", taken(seen, cores));
        Some((cpu(seen), evidence))
    };
    wait_for_clients(seen, all)
        .or_else(no_cores)
        .unwrap_or_else(nothing)
}

/// The case that workers mostly wait for clients while the load generator has no time for its clients.
fn wait_for_clients(seen: &Seen, all: &str) -> Option<(Bottleneck, String)> {
    let waited = seen.waited_for_clients()?;
    let busy = seen.evidence.client_busy;
    let gain = seen.more.filter(|more| more.gain > WITHIN);
    let gain = gain.map(|More { workers, gain, .. }| {
        let gain = percent(gain);
        format!("; {workers} serve only {gain} more")
    });
    (waited >= MOST && busy >= MOST).then(|| {
        let evidence = format!(
            "{all}, and waited for their clients in {} of that, while the busiest thread of the load \
             generator computed, or waited for a core, for {} of its time{}.",
            percent(waited),
            percent(busy),
            gain.unwrap_or_default()
        );
        (Bottleneck::Client, evidence)
    })
}

/// The bottleneck when the cores are exhausted: the server's CPU, or cores shared with the load
/// generator.
fn cpu(seen: &Seen) -> Bottleneck {
    if seen.client_on_servers_cores() >= TAKES {
        Bottleneck::SharedCores
    } else {
        Bottleneck::ServerCpu
    }
}

/// The share of the cores' time that was taken, and by which programs if others took part of it.
fn taken(seen: &Seen, cores: f64) -> String {
    let share = percent(cores);
    let others = seen.others_in_the_way();
    if others >= TAKES {
        let others = percent(others);
        format!("{share} of the cores' time is taken, {others} by other programs")
    } else {
        format!("{share} of the cores' time is taken")
    }
}

/// A share in per cent, for reports.
fn percent(share: f64) -> String {
    if share < 0.01 {
        format!("{:.1} %", 100.0 * share)
    } else {
        format!("{:.0} %", 100.0 * share)
    }
}
