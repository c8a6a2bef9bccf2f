//! The time service: the protocol and the clock, joined for the server.

mod time;

pub use self::time::{TimeResponder, TimeService};
