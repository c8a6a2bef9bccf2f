//! The load tester: concurrent clients that load a server, and the measurement of its replies.
//!
//! A [`Plan`] describes a run. Event loops on a few threads drive the clients, each counting into its
//! own tally. The tallies are merged into a [`Measurement`], which is audited. Nothing here prints.

mod drive;
mod judge;
mod merge;
mod observer;
mod overload;
mod plan;
mod result;
#[cfg(test)]
pub(crate) mod sample;

pub use drive::{LoadError, run};
pub use judge::{
    Change, Compared, Condition, Difference, Figure, Finding, Judged, Limit, Metric, Objective,
    ObjectiveResult, Op, Rated, Shared, Slo, SloError, Timed, Unlike, audit, diff,
};
pub use merge::{MergeError, merge};
pub use observer::{Observer, Phase, Progress};
pub use overload::{Level, Overload, OverloadPlan, OverloadRun, Recovery, Watch, overload};
pub use plan::{
    Arrivals, Drive, HIGHEST_RATE, Length, Plan, Shape, Shard, SourceError, Sources, Stages,
    StagesError, Then, Think,
};
pub use result::{
    Audit, AuditResult, Backlog, ClientSide, End, Ended, Failure, Measurement, Outcome, Part,
    Place, Second, Tally, Times, TimesError, Window, stored,
};
