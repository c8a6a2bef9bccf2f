//! One run: event loops on a few threads, their clients, and the collector of their counts.

mod backlog;
mod client;
mod collector;
mod connect;
mod connection;
mod cpu;
mod driver;
mod due_queue;
mod host;
mod interval;
mod interval_channel;
mod pacing;
mod replies;
mod run;
mod run_times;
mod schedule;
mod session;
mod thread_record;
mod time_check;
mod wait;

pub use run::{LoadError, run};
