//! The snapshot of a server.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize, Serializer};

use super::recent::Recent;
use super::state::{ByState, State};

/// The state of a server. Each part is consistent; the parts are read one after another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The addresses the server listens on.
    pub listen: Vec<SocketAddr>,
    /// The phase of the server's life.
    pub life: Life,
    /// The numbers of workers.
    pub workers: Workers,
    /// The total time of all workers in each state, in seconds.
    pub worker_seconds: ByState<f64>,
    /// The queue.
    pub queue: QueueView,
    /// Connections whose first command is not complete; they have no place in the queue.
    #[serde(default)]
    pub deferred: usize,
    /// The kernel backlog of each listener; a backlog that cannot be read is left out.
    pub backlogs: Vec<Backlog>,
    /// Where every accepted connection ended.
    pub ledger: LedgerView,
    /// Refusals and early closes of the last ten seconds.
    #[serde(default)]
    pub recent: Recent,
    /// Commands answered.
    pub commands: u64,
    /// The pauses of the acceptor because a resource of the machine was exhausted.
    pub accept_pauses: PausesView,
    /// Each worker, in order.
    pub pool: Vec<WorkerView>,
}

/// The phases of a server's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Life {
    /// The server admits and serves clients.
    Running,
    /// The server admits and serves clients, but will shut down soon.
    #[serde(rename = "lame duck")]
    LameDuck,
    /// The server finishes admitted sessions and admits no more.
    Draining,
    /// The server ends all sessions: the time for the drain is over.
    Cutting,
}

impl Life {
    /// Every phase, in order.
    pub const ALL: [Self; 4] = [Self::Running, Self::LameDuck, Self::Draining, Self::Cutting];

    /// The phase's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::LameDuck => "lame duck",
            Self::Draining => "draining",
            Self::Cutting => "cutting",
        }
    }
}

/// The numbers of workers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Workers {
    /// The number of workers the server should have.
    pub wanted: usize,
    /// The workers in each state. Their sum exceeds `wanted` while workers have still to retire.
    #[serde(flatten)]
    pub states: ByState<usize>,
}

/// The queue.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct QueueView {
    /// The connections waiting.
    pub depth: usize,
    /// The most connections that may wait.
    pub capacity: usize,
    /// The most connections that have ever waited.
    pub high_water: usize,
    /// How long the first connection has waited, in seconds; 0 if the queue is empty.
    pub oldest_seconds: f64,
}

/// The kernel backlog of a listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backlog {
    /// The listener's address.
    pub listener: SocketAddr,
    /// The connections in the backlog.
    pub length: u32,
    /// The most connections the backlog holds.
    pub limit: u32,
}

/// The ledger, by the names of the outcomes. Only outcomes that happened are written as JSON.
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
    /// Sessions that failed, by reason.
    #[serde(serialize_with = "write_what_happened")]
    pub failed: BTreeMap<String, u64>,
    /// Connections that ended before the client had sent a byte.
    #[serde(default)]
    pub probes: u64,
}

fn write_what_happened<S: Serializer>(
    counts: &BTreeMap<String, u64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(counts.iter().filter(|(_, count)| **count > 0))
}

/// The pauses of the acceptor.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PausesView {
    /// The number of pauses.
    pub count: u64,
    /// Their total length.
    pub seconds: f64,
}

/// One worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkerView {
    /// The worker's number, from 1.
    pub worker: usize,
    /// The worker's state.
    pub state: State,
    /// How long the worker has been in that state, to a few hundredths of a second.
    pub since_seconds: f64,
    /// The worker's session, if it holds one.
    #[serde(flatten)]
    pub occupancy: Option<Occupancy>,
}

/// The session that a worker holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Occupancy {
    /// The client's address. An IPv4 client of a dual-stack listener is given with its IPv4 address.
    pub client: SocketAddr,
    /// Commands answered so far.
    pub commands: u64,
    /// How long the worker has held the session, to a few hundredths of a second.
    #[serde(default)]
    pub age_seconds: f64,
}
