//! What every room may use: durations, figures, the host, columns of text, percentiles, statistics, the terminal, the means to stop.

pub(crate) mod duration;
pub mod figures;
pub(crate) mod host;
pub mod layout;
mod numbers;
mod percentiles;
pub(crate) mod serialized;
pub(crate) mod statistics;
mod stop;
pub mod terminal;

pub(crate) use self::numbers::{as_f64, whole};
pub use self::percentiles::{ENOUGH_BEYOND, Percentile};
pub use self::stop::Stop;
