//! The time service: the protocol and the clock, joined for the server; and the same one slowed down, for
//! whoever sizes the pool of another program with it.

mod simulated;
mod time;

pub use self::simulated::{ServiceTime, SimulatedResponder, SimulatedService, Spent, Spread};
pub use self::time::{TimeResponder, TimeService};
