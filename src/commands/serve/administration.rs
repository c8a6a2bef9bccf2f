//! The administration port and the agent, each with a server of its own.

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

/// The time for which the ports stay open after the end of the time server, for replies in progress.
const GOODBYE: Duration = Duration::from_secs(1);

/// The configured ports, bound but not yet served.
#[derive(Debug)]
pub(super) struct Doors {
    admin: Option<Door>,
    agent: Option<Door>,
}

#[derive(Debug)]
struct Door {
    settings: Settings,
    listeners: Listeners,
    /// The descriptors that its server will use.
    descriptors: usize,
}

/// Binds the configured ports, and takes over the passed ones.
pub(super) fn bind(config: &Config, passed: Vec<Passed>) -> Result<Doors, StartError> {
    Ok(Doors {
        admin: Door::open(config.admin, passed)?,
        agent: Door::open(config.agent, Vec::new())?,
    })
}

/// The ports in service.
#[derive(Debug, Default)]
pub(super) struct Administration {
    /// The address of the administration port.
    pub(super) addr: Option<SocketAddr>,
    /// The address of the agent.
    pub(super) agent: Option<SocketAddr>,
    servers: Vec<Server>,
}

/// Serves the ports, which report on a server, its sessions, and the lost lines of its log.
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
    /// The descriptors that the servers of all ports will use.
    pub(super) fn descriptors(&self) -> usize {
        let doors = self.admin.iter().chain(&self.agent);
        doors.map(|door| door.descriptors).sum()
    }
}

impl Door {
    /// Opens the port if it is configured or passed.
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
    /// Serves one port, and returns its address.
    fn serve(
        &mut self,
        door: Door,
        service: impl Service,
    ) -> Result<Option<SocketAddr>, StartError> {
        let server = Server::serve(
            door.listeners,
            &door.settings,
            service,
            SessionLog::silent(),
        )?;
        let addr = server.addresses().first().copied();
        self.servers.push(server);
        Ok(addr)
    }

    /// Ends the servers, once there is nothing more to report.
    pub(super) fn end(self) {
        for server in &self.servers {
            server.drain(GOODBYE);
        }
        for server in &self.servers {
            // The channel disconnects when the server has ended. A server that overstays is cut on drop.
            let _ = server.events().recv_timeout(GOODBYE * 2);
        }
    }
}

/// The settings of the pool for the advisor.
fn pool(config: &Config) -> whatif::Pool {
    whatif::Pool {
        workers: config.workers,
        places: config.queue,
        timeout: QueueTimeout::of(config.queue_timeout, config.queue_timeout_busy),
    }
}
