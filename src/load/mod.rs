//! The load tester: loads a server with concurrent clients and measures what they met with.
//!
//! A [`Plan`] says what is to be done. Event loops on a few threads drive the clients, each counting
//! into a tally of its own; the tallies are merged into a [`Measurement`], which is audited. Nothing
//! here prints.

mod audit;
mod measurement;
mod observer;
mod outcome;
mod plan;
#[cfg(test)]
pub(crate) mod sample;
mod source;
mod stages;
mod tally;
mod times;
mod written;

pub use audit::{Audit, Verdict};
pub(crate) use measurement::as_f64;
pub use measurement::{
    Backlog, ClientSide, ENOUGH_BEYOND, End, Measurement, Part, Percentile, Place, Second, Window,
};
pub use observer::{Observer, Phase, Progress};
pub use outcome::{Failure, Outcome};
pub use plan::{Arrivals, Drive, Length, Plan, Shape, Shard, Then, Think};
pub use source::{SourceError, Sources};
pub use stages::{HIGHEST_RATE, Stages, StagesError};
pub use tally::{Ended, Tally};
pub use times::{Times, TimesError};
