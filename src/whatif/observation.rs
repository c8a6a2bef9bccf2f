//! What the advisor is shown: what has ended since it last looked, and what still goes on.

use std::time::Duration;

/// One look at the server.
///
/// Whoever looks takes the parts in the order in which they stand here. A session moves from the
/// queue to a worker and from there to the records, so none is overlooked that is not on its way
/// between two of them, and one that is seen twice is counted once.
#[derive(Debug, Clone, Copy)]
pub struct Observation<'a> {
    /// When the look began; never before the last one.
    pub now: Duration,
    /// When the oldest of those that wait for a worker arrived.
    pub oldest_waiting: Option<Duration>,
    /// The sessions that workers are serving.
    pub under_way: &'a [UnderWay],
    /// What has ended since the last look, in any order.
    pub records: &'a [Record],
    /// What other numbers of workers would not have been free of.
    pub machine: Machine,
}

/// A session, told apart from every other of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId {
    /// The worker that has it.
    pub worker: usize,
    /// Its number among the sessions of that worker.
    pub number: u64,
}

/// A session that a worker is serving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnderWay {
    /// Which one.
    pub session: SessionId,
    /// When it arrived.
    pub arrived: Duration,
    /// How long it waited for the worker.
    pub waited: Duration,
}

/// What has ended.
///
/// Only those count that a worker would have served had one been free: not those over a limit of
/// their own, and not those that left the queue by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// A worker had the session, however it ended.
    Served {
        /// Which one.
        session: SessionId,
        /// When it arrived.
        arrived: Duration,
        /// How long it waited for the worker.
        waited: Duration,
        /// How long it had the worker.
        lasted: Duration,
    },
    /// The queue was full, or the wait too long.
    Refused {
        /// When it arrived.
        arrived: Duration,
    },
}

/// What tells whether sessions would have lasted as long with another number of workers, and whether all of
/// them were seen.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Machine {
    /// The share, 0 to 1, of the machine's CPU time that was idle over the last minute; none where
    /// it is not known.
    pub idle: Option<f64>,
    /// Sessions that were closed early to make room, since the server began.
    pub shortened: u64,
    /// Sessions and refusals that are in no record, since the server began, because there were more than
    /// could be told of.
    pub missed: u64,
}
