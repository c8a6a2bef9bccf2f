//! What every room may use, and what knows nothing of this program: statistics, and the means to stop.

pub(crate) mod statistics;
mod stop;

pub use self::stop::Stop;
