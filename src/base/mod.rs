//! Shared basics: durations, figures, the host, text layout, percentiles, statistics, the terminal, stopping.

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
