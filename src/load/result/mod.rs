//! What a run found: counted, kept, and merged with others.

pub mod kept;
mod measurement;
mod merge;
mod outcome;
mod part;
mod tally;
mod times;

pub(crate) use measurement::as_f64;
pub use measurement::{Backlog, ClientSide, End, Measurement, Place, Second, Window};
pub use merge::{MergeError, merge};
pub use outcome::{Failure, Outcome};
pub use part::Part;
pub(super) use part::{are_apart, runs};
pub use tally::{Ended, Tally};
pub use times::{Times, TimesError};
