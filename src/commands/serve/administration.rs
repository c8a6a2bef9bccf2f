//! The administration port and the agent, each a server of its own beside the one they tell of.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use super::passed::Passed;
use crate::admin::{AdminService, Advising, AgentService, Names, Panel};
use crate::advise;
use crate::config::{self, Config, MOST_WORKERS};
use crate::observe::{Passages, SessionLog};
use crate::server::{
    ClientLimits, Limits, Overload, Reclaim, Server, Service, Settings, StartError,
};

/// Workers of each of the ports: one that answers, and one for whoever comes meanwhile.
const WORKERS: usize = 2;

/// Bytes of stack of each of them; what writes JSON is deeper than what tells the time.
const STACK_SIZE: usize = 256 * 1024;

/// Connections that may wait for them, in the queue and in the kernel.
const QUEUE: usize = 64;

/// How long a request may take from its first byte to its last, and its answer to be taken.
const REQUEST: Duration = Duration::from_secs(5);

/// How long the ports go on when all else has ended, for whoever is just being answered.
const GOODBYE: Duration = Duration::from_secs(1);

/// The ports there are.
#[derive(Debug, Default)]
pub(super) struct Administration {
    /// Where the administration port listens.
    pub(super) addr: Option<SocketAddr>,
    /// Where the agent does.
    pub(super) agent: Option<SocketAddr>,
    servers: Vec<Server>,
}

/// Starts the ports that are configured or were passed in, to tell of a server, of what passes through it,
/// and of the lines its log has lost.
pub(super) fn start(
    config: &Config,
    passed: Vec<Passed>,
    server: &Arc<Server>,
    passages: Option<Passages>,
    lost_lines: impl Fn() -> u64 + Send + Sync + 'static,
) -> Result<Administration, StartError> {
    let names = if config.admin_public {
        Names::Any
    } else {
        Names::OfThisMachine
    };
    let panel = Panel::new(
        Arc::clone(server),
        names,
        MOST_WORKERS,
        config.ready_max_wait,
        lost_lines,
    );
    let panel = match passages {
        Some(passages) => {
            panel.advised_by(Advising::start(Arc::clone(server), passages, pool(config))?)
        }
        None => panel,
    };
    let panel = Arc::new(panel);
    let mut ports = Administration::default();
    if config.admin.is_some() || !passed.is_empty() {
        let service = AdminService::new(Arc::clone(&panel));
        let passed = passed.into_iter().map(Passed::listen).collect();
        ports.addr = ports.open(config.admin, passed, service)?;
    }
    if config.agent.is_some() {
        let service = AgentService::new(panel);
        ports.agent = ports.open(config.agent, Vec::new(), service)?;
    }
    Ok(ports)
}

impl Administration {
    /// Starts one, and says where it listens.
    fn open(
        &mut self,
        addr: Option<SocketAddr>,
        passed: Vec<TcpListener>,
        service: impl Service,
    ) -> Result<Option<SocketAddr>, StartError> {
        let listen = addr.into_iter().collect();
        let server = Server::start_on(passed, &settings(listen), service, SessionLog::silent())?;
        let addr = server.addresses().first().copied();
        self.servers.push(server);
        Ok(addr)
    }

    /// Ends them, once there is nothing more to tell.
    pub(super) fn end(self) {
        for server in &self.servers {
            server.drain(GOODBYE);
        }
        for server in &self.servers {
            // Disconnected when it has ended; one that does not is cut when it is dropped.
            let _ = server.events().recv_timeout(GOODBYE * 2);
        }
    }
}

/// What the advisor has to know of the pool.
fn pool(config: &Config) -> advise::Settings {
    let places = match config.overload {
        config::Overload::Refuse => config.queue,
        // Who finds no place there waits in the kernel.
        config::Overload::Wait => {
            let backlog = usize::try_from(config.backlog).unwrap_or(usize::MAX);
            config.queue.saturating_add(backlog)
        }
    };
    advise::Settings {
        workers: config.workers,
        places,
        timeout: config.queue_timeout,
    }
}

fn settings(listen: Vec<SocketAddr>) -> Settings {
    Settings {
        listen,
        backlog: u32::try_from(QUEUE).unwrap_or(u32::MAX),
        // Whoever asks the agent says nothing.
        defer_accept: None,
        reuse_port: false,
        workers: WORKERS,
        stack_size: STACK_SIZE,
        queue: QUEUE,
        overload: Overload::Refuse,
        limits: Limits {
            queue: Some(REQUEST),
            idle: Some(REQUEST),
            command: Some(REQUEST),
            write: Some(REQUEST),
            session: Some(REQUEST * 6),
            turn: None,
            reclaim: Some(Reclaim {
                after: Duration::from_millis(100),
                allowance: Duration::from_secs(1),
                floor: Duration::from_millis(100),
            }),
        },
        allow: Vec::new(),
        deny: Vec::new(),
        clients: ClientLimits::default(),
    }
}
