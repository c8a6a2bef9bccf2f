//! The load tester: loads a server with concurrent clients and measures what they met with.
//!
//! A [`Plan`] says what is to be done. Event loops on a few threads drive the clients, each counting
//! into a tally of its own; the tallies are merged into a [`Measurement`], which is audited. Nothing
//! here prints.

mod agenda;
mod audit;
mod backlog;
mod client;
mod collector;
mod conditions;
mod connect;
mod connection;
mod driver;
mod hand_over;
mod judge;
pub mod kept;
mod logbook;
mod measurement;
mod merge;
mod observer;
mod outcome;
mod pacing;
mod part;
mod place;
mod plan;
mod replies;
mod run;
#[cfg(test)]
pub(crate) mod sample;
mod schedule;
mod slice;
mod slo;
mod source;
mod span;
mod stages;
mod stop;
mod tally;
mod times;
mod wait;
mod watch;
mod written;

pub use audit::{Audit, Verdict, all as audit};
pub use conditions::{Condition, Unlike};
pub use judge::{Figure, Judged, Ruling};
pub use measurement::{
    Backlog, ClientSide, ENOUGH_BEYOND, End, Measurement, Percentile, Place, Second, Window,
};
pub use merge::{MergeError, merge};
pub use observer::{Observer, Phase, Progress};
pub use outcome::{Failure, Outcome};
pub use part::Part;
pub use plan::{Arrivals, Drive, Length, Plan, Shape, Shard, Then, Think};
pub use run::{LoadError, run};
pub use slo::{Limit, Objective, Op, Rated, Shared, Slo, SloError, Timed};
pub use source::{SourceError, Sources};
pub use stages::{HIGHEST_RATE, Stages, StagesError};
pub use stop::Stop;
pub use tally::{Ended, Tally};
pub use times::{Times, TimesError};
