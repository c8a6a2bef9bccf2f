//! What a tuning found, for the person who asked: a text for the terminal and a page for the rest.

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
