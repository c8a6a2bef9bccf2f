//! The time service, and a simulated service.
//! The simulated service adds a service time, for sizing the pool of another program.

mod simulated;
mod time;

pub use self::simulated::{ServiceTime, SimulatedResponder, SimulatedService, Spent, Spread};
pub use self::time::{TimeResponder, TimeService};
