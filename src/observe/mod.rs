//! What is counted, seen and logged of a server, in forms that do not depend on what it serves.

mod session_log;
mod state;

pub use self::session_log::SessionLog;
pub use self::state::{ByState, State};
