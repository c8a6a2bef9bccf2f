//! The reports of load tests and tunings, for people and programs. Nothing here measures or opens a
//! socket.

mod conditions;
mod csv;
pub mod diff;
mod hdr;
mod headline;
pub mod html;
pub mod overload;
pub mod plot;
pub mod slo;
mod summary;
mod text;
pub mod tune;
mod unit;

pub use csv::csv;
pub use hdr::HdrLog;
pub use summary::{Summary, summary};
pub use text::text;
