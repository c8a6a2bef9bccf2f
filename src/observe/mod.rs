//! Counters, histograms, metrics, status and session log of a server, independent of its service.

mod counters;
mod feed;
mod headcount;
mod histogram;
mod journal;
pub mod metrics;
mod recent;
mod session_log;
mod snapshot;
mod state;
mod status;

pub use self::counters::{Counters, Histograms, Pauses, Shard};
pub use self::feed::{Course, Passages, RecordSender, SessionRecord, feed};
pub use self::headcount::{Headcount, LeaseView};
pub use self::histogram::{Ladder, Reading};
pub use self::journal::Journal;
pub use self::recent::{RECENTLY, Recent};
pub use self::session_log::{Ending, Sampled, SessionLog};
pub use self::snapshot::{
    Backlog, LedgerView, Life, Occupancy, PausesView, QueueView, Snapshot, WorkerView, Workers,
};
pub use self::state::{ByState, State};
pub use self::status::{LogView, ProcessView, Readiness, SessionTimes, Status, Total};
