//! Warnings before a load begins.

use std::net::IpAddr;

use crate::load::{Drive, Plan, Then};

/// The warnings about a plan.
pub(super) fn of(plan: &Plan) -> Vec<String> {
    let warnings = [keep_alive(plan), ports(plan)];
    warnings.into_iter().flatten().collect()
}

/// A client that stays connected occupies one worker.
fn keep_alive(plan: &Plan) -> Option<String> {
    let clients = plan.drive.clients();
    (plan.shape.then == Then::KeepAlive && clients > 1).then(|| {
        format!(
            "{clients} keep-alive clients hold {clients} workers until the end: a server with fewer \
             leaves the others waiting"
        )
    })
}

/// Connections need local ports, and their number is small.
fn ports(plan: &Plan) -> Option<String> {
    let ports = plan.sources.ports();
    let clients = u64::try_from(plan.drive.clients()).unwrap_or(u64::MAX);
    if clients > ports {
        return Some(format!(
            "{clients} clients and {ports} local ports: some will find none; --source \
             127.0.0.0/24 makes more for a server on this machine"
        ));
    }
    if is_loopback(plan.target.host()) || plan.shape.then == Then::KeepAlive {
        return None;
    }
    let lasting = plan.sources.lasting_rate();
    let is_slow = matches!(&plan.drive, Drive::Open { stages, .. } if stages.highest() <= lasting);
    (!is_slow).then(|| {
        format!(
            "{ports} outgoing ports allow {lasting:.0} new connections a second unless the server \
             closes first: --source adds addresses"
        )
    })
}

/// Whether a host is certainly this machine: its local ports are reusable at once.
fn is_loopback(host: &str) -> bool {
    let address: Option<IpAddr> = host.parse().ok();
    host == "localhost" || address.is_some_and(|address| address.is_loopback())
}
