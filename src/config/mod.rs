//! The configuration: what can be set, within which bounds, by whom, and what came of it.
//!
//! Four layers, later over earlier: defaults, a TOML file, the environment, flags. All of them
//! share one list of keys, [`KEYS`].

mod address;
mod block;
mod environment;
mod error;
mod file;
mod key;
mod keys;
mod layers;
mod log;
mod number;
mod origin;
mod rate;
mod retired;
mod span;
mod value;

#[cfg(test)]
mod tests;

use std::net::{Ipv6Addr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;

use crate::clock::Zone;
use crate::protocol;

pub use environment::FILE_VARIABLE;
pub use error::{ConfigErrors, Problem};
pub use key::{Key, Listing};
pub use keys::{KEYS, MOST_WORKERS};
pub use layers::{Layers, Setting};
pub use log::{LogFormat, LogLevel};
pub use origin::Origin;
pub use rate::Rate;
pub use retired::{RETIRED, Retired};
pub use value::Fault;

/// Everything the server can be told, checked and ready to use.
///
/// In a timeout, `None` means that there is no such limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The addresses to listen on.
    pub listen: Vec<SocketAddr>,
    /// Worker threads, each of which serves one session at a time.
    pub workers: usize,
    /// Sessions that may wait for a worker.
    pub queue: usize,
    /// The longest a session waits for a worker.
    pub queue_timeout: Option<Duration>,
    /// The longest it does once the queue has not been empty for a second.
    pub queue_timeout_busy: Option<Duration>,
    /// The longest silence between two commands.
    pub idle_timeout: Option<Duration>,
    /// The longest from the first byte of a command to its line end.
    pub command_timeout: Option<Duration>,
    /// The longest a reply waits for a client that does not read.
    pub write_timeout: Option<Duration>,
    /// Bytes that closed sessions may hold together for clients that take their replies slowly.
    pub closing_memory: usize,
    /// The longest a session lasts altogether.
    pub session_timeout: Option<Duration>,
    /// How long a session holds its worker before it may be closed in favour of a client that waits.
    pub turn: Option<Duration>,
    /// Sessions that one client may have at a time.
    pub max_sessions_per_client: Option<u32>,
    /// How often one client may begin a session in the long run.
    pub session_rate_per_client: Option<Rate>,
    /// Sessions that one client may begin at once after a long silence.
    pub session_burst_per_client: u32,
    /// Whether who is over a limit for clients is counted and logged, but served.
    pub limits_dry_run: bool,
    /// Blocks of addresses that may connect; when there are any, nobody else may.
    pub allow: Vec<IpNet>,
    /// Blocks of addresses that may not connect.
    pub deny: Vec<IpNet>,
    /// How long the server goes on as before once it is to stop.
    pub drain_delay: Duration,
    /// How long admitted sessions are given when the server stops.
    pub drain_timeout: Duration,
    /// Bytes in the longest command line, its end not counted.
    pub max_line: usize,
    /// Connections the kernel holds before the acceptor takes them.
    pub backlog: u32,
    /// How long the kernel holds back a client that has sent nothing, in whole seconds.
    pub defer_accept: Option<Duration>,
    /// Whether other processes that do so too may listen on the same port.
    pub reuse_port: bool,
    /// Where the administration port listens, if there is one.
    pub admin: Option<SocketAddr>,
    /// Whether others than this machine may reach it.
    pub admin_public: bool,
    /// Where a load balancer's agent-check is answered, if anywhere.
    pub agent: Option<SocketAddr>,
    /// The percentage of clients refused for want of a worker above which the server is not ready.
    pub ready_max_refused: Option<u32>,
    /// The zone the time is written in.
    pub zone: Zone,
    /// Bytes of stack of each worker thread.
    pub stack_size: usize,
    /// The least severe event that is logged.
    pub log: LogLevel,
    /// How a log line is written.
    pub log_format: LogFormat,
    /// Session lines logged in a second at most, and as many about refusals and failures.
    pub log_sessions: u32,
    /// One session in so many is logged.
    pub log_sample: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from((Ipv6Addr::UNSPECIFIED, protocol::PORT))],
            workers: 256,
            queue: 1024,
            queue_timeout: Some(Duration::from_secs(1)),
            queue_timeout_busy: Some(Duration::from_millis(100)),
            idle_timeout: Some(Duration::from_mins(1)),
            command_timeout: Some(Duration::from_secs(10)),
            write_timeout: Some(Duration::from_secs(10)),
            closing_memory: 8 * 1024 * 1024,
            session_timeout: None,
            turn: Some(Duration::from_secs(2)),
            max_sessions_per_client: None,
            session_rate_per_client: None,
            session_burst_per_client: 10,
            limits_dry_run: false,
            allow: Vec::new(),
            deny: Vec::new(),
            drain_delay: Duration::ZERO,
            drain_timeout: Duration::from_secs(10),
            max_line: 512,
            backlog: 4096,
            defer_accept: Some(Duration::from_secs(1)),
            reuse_port: false,
            admin: None,
            admin_public: false,
            agent: None,
            ready_max_refused: Some(90),
            zone: Zone::Local,
            stack_size: 64 * 1024,
            log: LogLevel::Info,
            log_format: LogFormat::Text,
            log_sessions: 20,
            log_sample: 1,
        }
    }
}
