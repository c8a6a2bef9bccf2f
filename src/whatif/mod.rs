//! The what-if: measured sessions replayed through shadow pools.
//! Each shadow pool has another number of workers.
//!
//! ```text
//!                       in order   /--> shadow pool of 2 workers --> windows --\
//!   looks --> timeline ----------- +--> shadow pool of 3 workers --> windows --+--> advice
//!                                  \--> as measured ---------------> windows --/
//! ```
//!
//! No code here reads a clock, waits or starts a thread. Moments are [`Duration`]s since an epoch that the
//! caller chooses, and equal observations give equal advice.
//!
//! [`Duration`]: std::time::Duration

mod advice;
mod advice_text;
mod advisor;
mod counts;
mod format;
mod observation;
mod pool;
mod queue_timeout;
mod replay;
mod shadow_pool;
#[cfg(test)]
mod simulation;
mod sliding;
mod timeline;
mod times;
mod validity;
mod windows;

use std::time::Duration;

pub use self::advice::{ASSUMPTION, Advice, Percentiles, PoolFigures, WindowFigures};
pub use self::advisor::Advisor;
pub use self::observation::{Machine, Observation, Record, SessionId, UnderWay};
pub use self::pool::Pool;
pub use self::queue_timeout::QueueTimeout;

/// Nanoseconds: a length, or a moment since the caller's epoch. They suffice for 584 years.
type Nanos = u64;

fn nanos(duration: Duration) -> Nanos {
    Nanos::try_from(duration.as_nanos()).unwrap_or(Nanos::MAX)
}

/// The fate of an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// A worker took the session after this wait.
    Waited(Nanos),
    /// The session was refused.
    Refused,
}

/// The share `part` of `whole`, 0 to 1; `None` if `whole` is not positive.
#[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
fn share(part: i128, whole: i128) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64).clamp(0.0, 1.0))
}
