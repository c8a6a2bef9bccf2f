//! The time service: the protocol and the clock, joined for the server; and the same one slowed down, for
//! whoever sizes the pool of another program with it.

mod rehearsal;
mod time;

pub use self::rehearsal::{Rehearsal, RehearsalResponder, ServiceTime, Spent, Spread};
pub use self::time::{TimeResponder, TimeService};
