//! The administration port and the agent, each a server of its own beside the one they tell of.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::inherited_sockets::Passed;
use crate::admin;
use crate::admin::{AdminService, Advising, AgentService, Names, Panel};
use crate::config::{Config, MOST_WORKERS};
use crate::observe::{Passages, SessionLog};
use crate::server::{Listeners, QueueTimeout, Server, Service, Settings, StartError};
use crate::whatif;

/// How long the ports go on when all else has ended, for whoever is just being answered.
const GOODBYE: Duration = Duration::from_secs(1);

/// The ports there are to be, bound and served by nobody yet.
#[derive(Debug)]
pub(super) struct Doors {
    admin: Option<Door>,
    agent: Option<Door>,
}

#[derive(Debug)]
struct Door {
    settings: Settings,
    listeners: Listeners,
    /// What its server will take of this process.
    descriptors: usize,
}

/// Binds the ports that are configured, and takes over those that were passed in.
pub(super) fn bind(config: &Config, passed: Vec<Passed>) -> Result<Doors, StartError> {
    Ok(Doors {
        admin: Door::open(config.admin, passed)?,
        agent: Door::open(config.agent, Vec::new())?,
    })
}

/// The ports there are.
#[derive(Debug, Default)]
pub(super) struct Administration {
    /// Where the administration port listens.
    pub(super) addr: Option<SocketAddr>,
    /// Where the agent does.
    pub(super) agent: Option<SocketAddr>,
    servers: Vec<Server>,
}

/// Serves at the ports, to tell of a server, of what passes through it, and of the lines its log has lost.
pub(super) fn start(
    config: &Config,
    doors: Doors,
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
        config
            .ready_max_refused
            .map(|percent| f64::from(percent) / 100.0),
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
    if let Some(door) = doors.admin {
        ports.addr = ports.serve(door, AdminService::new(Arc::clone(&panel)))?;
    }
    if let Some(door) = doors.agent {
        ports.agent = ports.serve(door, AgentService::new(panel))?;
    }
    Ok(ports)
}

impl Doors {
    /// What the servers of all of them will take of this process.
    pub(super) fn descriptors(&self) -> usize {
        let doors = self.admin.iter().chain(&self.agent);
        doors.map(|door| door.descriptors).sum()
    }
}

impl Door {
    /// Opens one if there is to be any.
    fn open(addr: Option<SocketAddr>, passed: Vec<Passed>) -> Result<Option<Self>, StartError> {
        if addr.is_none() && passed.is_empty() {
            return Ok(None);
        }
        let settings = admin::settings(addr);
        let descriptors = settings.descriptors() + passed.len();
        let passed = passed.into_iter().map(Passed::listen).collect();
        Ok(Some(Self {
            listeners: Listeners::open(&settings, passed)?,
            settings,
            descriptors,
        }))
    }
}

impl Administration {
    /// Serves at one, and says where it is.
    fn serve(
        &mut self,
        door: Door,
        service: impl Service,
    ) -> Result<Option<SocketAddr>, StartError> {
        let server = Server::start_on(
            door.listeners,
            &door.settings,
            service,
            SessionLog::silent(),
        )?;
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
fn pool(config: &Config) -> whatif::Pool {
    whatif::Pool {
        workers: config.workers,
        places: config.queue,
        timeout: QueueTimeout::of(config.queue_timeout, config.queue_timeout_busy),
    }
}
