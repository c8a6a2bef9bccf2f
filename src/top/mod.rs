//! The terminal view of a running server: polling, rates and drawing.

mod fetch;
mod model;
mod prompt;
mod rates;
#[cfg(test)]
mod sample;
mod screen;
mod view;

pub(crate) use self::model::Seen;
pub(crate) use self::screen::watch;
pub(crate) use self::view::text;
