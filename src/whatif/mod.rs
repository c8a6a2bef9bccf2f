//! What another number of workers would have done: the arrivals and session lengths that were
//! measured, replayed through shadow pools.
//!
//! ```text
//!                       in order   /--> shadow pool of 2 workers --> windows --\
//!   looks --> timeline ----------- +--> shadow pool of 3 workers --> windows --+--> advice
//!                                  \--> as measured ---------------> windows --/
//! ```
//!
//! Nothing in here reads a clock, waits or starts a thread. Moments come in as [`Duration`]s since
//! an epoch of the caller's choice, and the same looks give the same advice.
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

/// Nanoseconds: a length, or a moment since the caller's epoch. They last for 584 years.
type Nanos = u64;

fn nanos(duration: Duration) -> Nanos {
    Nanos::try_from(duration.as_nanos()).unwrap_or(Nanos::MAX)
}

/// What became of an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// A worker took it after so long.
    Waited(Nanos),
    /// No worker ever had it.
    Refused,
}

/// The part of a whole, 0 to 1; none of nothing.
#[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
fn share(part: i128, whole: i128) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64).clamp(0.0, 1.0))
}
