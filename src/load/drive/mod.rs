//! One run: event loops on a few threads, the clients they drive, and who collects what they count.

mod agenda;
mod backlog;
mod client;
mod collector;
mod connect;
mod connection;
mod cpu;
mod driver;
mod hand_over;
mod logbook;
mod pacing;
mod place;
mod replies;
mod run;
mod schedule;
mod session;
mod slice;
mod span;
mod wait;
mod watch;

pub use run::{LoadError, run};
