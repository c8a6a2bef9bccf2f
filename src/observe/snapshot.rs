//! What a server says about itself at one moment.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize, Serializer};

use super::recent::Recent;
use super::state::{ByState, State};

/// A server at one moment. Each part is seen whole; between two of them time passes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Where it listens.
    pub listen: Vec<SocketAddr>,
    /// Where in its life it is.
    pub life: Life,
    /// Its workers.
    pub workers: Workers,
    /// For how long workers have been in each state, all of them together, in seconds.
    pub worker_seconds: ByState<f64>,
    /// Who waits for them.
    pub queue: QueueView,
    /// Connections whose first command is not complete; they have no place in the queue.
    #[serde(default)]
    pub deferred: usize,
    /// Who waits in the kernel, for each listener; of what cannot be asked nothing is said.
    pub backlogs: Vec<Backlog>,
    /// Where every accepted connection ended.
    pub ledger: LedgerView,
    /// What became of the clients of the last ten seconds.
    #[serde(default)]
    pub recent: Recent,
    /// Commands answered.
    pub commands: u64,
    /// When the machine was out of something.
    pub accept_pauses: PausesView,
    /// Each worker, in order.
    pub pool: Vec<WorkerView>,
}

/// Where in its life a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Life {
    /// Admitting and serving.
    Running,
    /// Still doing so, but about to end.
    #[serde(rename = "lame duck")]
    LameDuck,
    /// Finishing what was admitted.
    Draining,
    /// Out of time.
    Cutting,
}

impl Life {
    /// Every one, in the order in which they come.
    pub const ALL: [Self; 4] = [Self::Running, Self::LameDuck, Self::Draining, Self::Cutting];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::LameDuck => "lame duck",
            Self::Draining => "draining",
            Self::Cutting => "cutting",
        }
    }
}

/// How many workers there are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Workers {
    /// How many there are to be.
    pub wanted: usize,
    /// How many are in each state. Together more than are wanted, while some have still to retire.
    #[serde(flatten)]
    pub states: ByState<usize>,
}

/// The queue.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct QueueView {
    /// Connections that wait.
    pub depth: usize,
    /// How many may.
    pub capacity: usize,
    /// The most that ever did.
    pub high_water: usize,
    /// For how long the first of them has, in seconds; nothing if nobody waits.
    pub oldest_seconds: f64,
}

/// Connections that the kernel holds for a listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backlog {
    /// Where it listens.
    pub listener: SocketAddr,
    /// How many there are.
    pub length: u32,
    /// How many there may be.
    pub limit: u32,
}

/// The ledger, by the names of the outcomes. Only those that happened are written as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerView {
    /// Connections accepted.
    pub accepted: u64,
    /// Sessions that the client ended in order, by how.
    #[serde(serialize_with = "write_what_happened")]
    pub served: BTreeMap<String, u64>,
    /// Clients that were not admitted, by reason.
    #[serde(serialize_with = "write_what_happened")]
    pub refused: BTreeMap<String, u64>,
    /// Sessions that the server ended for its own reasons, by reason.
    #[serde(default, serialize_with = "write_what_happened")]
    pub closed: BTreeMap<String, u64>,
    /// Sessions that ended in the middle of something, by reason.
    #[serde(serialize_with = "write_what_happened")]
    pub failed: BTreeMap<String, u64>,
    /// Connections that ended before the client had sent anything.
    #[serde(default)]
    pub probes: u64,
}

fn write_what_happened<S: Serializer>(
    counts: &BTreeMap<String, u64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(counts.iter().filter(|(_, count)| **count > 0))
}

/// Pauses of the acceptor.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PausesView {
    /// How many there were.
    pub count: u64,
    /// How long they were together.
    pub seconds: f64,
}

/// One worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkerView {
    /// Counted from one.
    pub worker: usize,
    /// What it does.
    pub state: State,
    /// For how long it has been doing that, to a few hundredths of a second.
    pub since_seconds: f64,
    /// The session it holds, if it does.
    #[serde(flatten)]
    pub occupancy: Option<Occupancy>,
}

/// The session that a worker holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Occupancy {
    /// The other end, as its owner knows it: an IPv4 client of a dual-stack listener has its IPv4
    /// address.
    pub client: SocketAddr,
    /// Commands answered so far.
    pub commands: u64,
    /// For how long the worker has held it, to a few hundredths of a second.
    #[serde(default)]
    pub age_seconds: f64,
}
