//! The check that two ports belong to one server. Without it a tuning could load one server and change the
//! workers of another.

use std::net::SocketAddr;
use std::time::Duration;

use super::LiveError;
use crate::client::admin::AdminClient;
use crate::client::{Client, Target};
use crate::observe::Snapshot;

/// Sessions that the ledger has to count one by one where client addresses are hidden.
const COUNTED: u32 = 3;

/// The target to load, if it is the server of the administration port: the address that took a session.
///
/// The administration port must show the session with its client's address. If a device between hides that
/// address, the ledger has to grow by one with each session. Other clients make it grow faster; then the
/// answer is `None`.
pub(crate) fn find(
    target: &Target,
    admin: &AdminClient,
    timeout: Duration,
) -> Result<Option<Target>, LiveError> {
    let mut accepted = admin.status()?.server.ledger.accepted;
    let mut counted = 0;
    // Ends: each round increases `counted`, or returns.
    loop {
        let mut client = Client::connect(target, timeout)?;
        client.ask()?;
        let status = admin.status()?;
        let own = client.own_address();
        if own.is_some_and(|own| is_served(own, &status.server)) {
            return Ok(Some(found(target, client.server())));
        }
        client.quit()?;
        counted += 1;
        let grown = status.server.ledger.accepted.checked_sub(accepted);
        if grown != Some(1) {
            return Ok(None);
        }
        if counted == COUNTED {
            return Ok(Some(target.clone()));
        }
        accepted = status.server.ledger.accepted;
    }
}

/// Whether a worker holds the session of a client.
fn is_served(client: SocketAddr, server: &Snapshot) -> bool {
    let mut held = server.pool.iter().filter_map(|worker| worker.occupancy);
    // Each end has its own zone for an address.
    held.any(|held| {
        held.client.ip() == client.ip().to_canonical() && held.client.port() == client.port()
    })
}

/// The address that took the session, so that the name's other addresses get no load. An address with a
/// zone keeps the name, because its text has no zone.
fn found(target: &Target, server: SocketAddr) -> Target {
    match server {
        SocketAddr::V6(server) if server.scope_id() != 0 => target.clone(),
        server => Target::from(server),
    }
}
