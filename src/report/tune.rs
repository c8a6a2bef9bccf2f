//! The reports of a tuning: a text for the terminal, and an HTML page.

mod alternatives;
mod findings;
mod headline;
pub mod html;
mod method;
mod origin;
mod paste;
mod queue;
#[cfg(test)]
mod sample;
mod text;
mod verification;
mod words;

pub use origin::{Origin, Subject};
pub use text::text;
