//! The assessment of a result: its audits, its objectives, its comparison with another.

mod audits;
mod conditions;
mod diff;
mod margin;
mod objective_result;
mod slo;

pub use audits::all as audit;
pub(super) use audits::conservation;
pub(super) use conditions::unlike;
pub use conditions::{Condition, Unlike};
pub use diff::{Change, Compared, Difference, Finding, Metric, diff};
pub use objective_result::{Figure, Judged, ObjectiveResult};
pub use slo::{Limit, Objective, Op, Rated, Shared, Slo, SloError, Timed};
