//! The configuration: keys, bounds of their values, layers and origins.
//!
//! The four layers are defaults, a TOML file, the environment and flags; a later layer overrides an earlier
//! one. All share one list of keys, [`KEYS`].

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

/// The complete configuration of the server, checked.
///
/// A timeout of `None` means no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The addresses to listen on.
    pub listen: Vec<SocketAddr>,
    /// Worker threads; each serves one session at a time.
    pub workers: usize,
    /// Sessions that may wait for a worker.
    pub queue: usize,
    /// The longest a session waits for a worker.
    pub queue_timeout: Option<Duration>,
    /// The longest a session waits for a worker once the queue has not been empty for a second.
    pub queue_timeout_busy: Option<Duration>,
    /// The longest silence between two commands.
    pub idle_timeout: Option<Duration>,
    /// The longest time from the first byte of a command to its line end.
    pub command_timeout: Option<Duration>,
    /// The longest a reply waits for a client that does not read.
    pub write_timeout: Option<Duration>,
    /// Bytes of replies that all closed sessions together may hold for slow clients.
    pub closing_memory: usize,
    /// The longest a session lasts altogether.
    pub session_timeout: Option<Duration>,
    /// How long a session holds its worker before it may be closed in favour of a waiting client.
    pub turn: Option<Duration>,
    /// Sessions that one client may have at a time.
    pub max_sessions_per_client: Option<u32>,
    /// The rate at which one client may begin sessions in the long run.
    pub session_rate_per_client: Option<Rate>,
    /// Sessions that one client may begin at once after a long pause.
    pub session_burst_per_client: u32,
    /// Whether a client over a limit is served, logged and counted instead of refused.
    pub limits_dry_run: bool,
    /// Address blocks that may connect; if there are any, other addresses may not.
    pub allow: Vec<IpNet>,
    /// Address blocks that may not connect.
    pub deny: Vec<IpNet>,
    /// How long the server still accepts after the first signal.
    pub drain_delay: Duration,
    /// How long admitted sessions may continue when the server stops.
    pub drain_timeout: Duration,
    /// The most bytes of a command line, without its line end.
    pub max_line: usize,
    /// Connections that the kernel holds before the acceptor takes them.
    pub backlog: u32,
    /// How long the kernel holds back a connection without data, in whole seconds.
    pub defer_accept: Option<Duration>,
    /// Whether other processes that also set this may listen on the port.
    pub reuse_port: bool,
    /// The address of the administration port, if there is one.
    pub admin: Option<SocketAddr>,
    /// Whether other machines may reach the administration port.
    pub admin_public: bool,
    /// The address of the port for a load balancer's agent-check, if there is one.
    pub agent: Option<SocketAddr>,
    /// The percentage of clients refused for lack of a worker above which the server is not ready.
    pub ready_max_refused: Option<u32>,
    /// The time zone of the replies.
    pub zone: Zone,
    /// Bytes of stack of each worker thread.
    pub stack_size: usize,
    /// The least severe event that is logged.
    pub log: LogLevel,
    /// The format of a log line.
    pub log_format: LogFormat,
    /// The most session lines logged in a second; the limit applies separately to refusals and failures.
    pub log_sessions: u32,
    /// One session in this many is logged.
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
