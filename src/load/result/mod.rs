//! The result of a run: counts, stored form, audits.

mod audit;
mod measurement;
mod outcome;
mod part;
pub mod stored;
mod tally;
mod times;
mod window;

pub use audit::{Audit, AuditResult};
pub use measurement::{Backlog, ClientSide, End, Measurement, Place, Second};
pub use outcome::{Failure, Outcome};
pub use part::Part;
pub(super) use part::{are_apart, are_at_one_time};
pub use tally::{Ended, Tally};
pub use times::{Times, TimesError};
pub use window::Window;
