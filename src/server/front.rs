//! The connection path up to the queue: listeners, acceptor, deferred set, admission.

mod acceptor;
mod admission;
mod deferred;
mod first_command;
mod listener;

pub(super) use self::acceptor::Acceptor;
pub(super) use self::admission::Admission;
pub use self::deferred::DEFERRED_MAX;
pub(super) use self::deferred::Deferred;
pub(super) use self::first_command::FirstCommand;
pub(super) use self::listener::Listener;
pub use self::listener::Listeners;
