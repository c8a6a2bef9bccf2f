//! The advisor's input: sessions that have ended since the last look, and sessions that still go on.

use std::time::Duration;

/// One observation of the server.
///
/// Its parts must be read in the order of the fields. A session moves from the queue to a worker and then to
/// the records, so this order misses only sessions in transit. A session that is seen twice is counted
/// once.
#[derive(Debug, Clone, Copy)]
pub struct Observation<'a> {
    /// The start of the look; never before that of the last one.
    pub now: Duration,
    /// The arrival of the oldest session that waits for a worker.
    pub oldest_waiting: Option<Duration>,
    /// The sessions that workers are serving.
    pub under_way: &'a [UnderWay],
    /// The records of sessions ended since the last look, in any order.
    pub records: &'a [Record],
    /// Conditions that would also affect other numbers of workers.
    pub machine: Machine,
}

/// The identity of a session, unique in the run of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId {
    /// The session's worker.
    pub worker: usize,
    /// The session's number among that worker's sessions.
    pub number: u64,
}

/// A session that a worker is serving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnderWay {
    /// The session.
    pub session: SessionId,
    /// When the session arrived.
    pub arrived: Duration,
    /// How long the session waited for the worker.
    pub waited: Duration,
}

/// The record of an ended session.
///
/// Records exist only for sessions that a free worker would have served. A client over its own limit and one
/// that left the queue have no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// A worker served the session; it may have ended in any way.
    Served {
        /// The session.
        session: SessionId,
        /// When the session arrived.
        arrived: Duration,
        /// How long the session waited for the worker.
        waited: Duration,
        /// How long the worker held the session.
        lasted: Duration,
    },
    /// The session was refused: the queue was full, or the wait too long.
    Refused {
        /// When the session arrived.
        arrived: Duration,
    },
}

/// Evidence whether sessions would last as long with another number of workers, and whether all sessions
/// were observed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Machine {
    /// The idle share, 0 to 1, of the machine's CPU time over the last minute; `None` if it is
    /// unknown.
    pub idle: Option<f64>,
    /// Sessions closed early to make room since the server began.
    pub shortened: u64,
    /// Sessions and refusals without a record since the server began, because the records came faster than
    /// they were read.
    pub missed: u64,
}
