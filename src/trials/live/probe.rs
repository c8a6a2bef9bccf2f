//! Whether two ports belong to the same server: nobody is to be loaded whom the user did not point at, and
//! no workers changed but theirs.

use std::net::SocketAddr;
use std::time::Duration;

use super::LiveError;
use crate::client::admin::AdminClient;
use crate::client::{Client, Target};
use crate::observe::Snapshot;

/// Sessions that an administration port has to count one by one where it sees them come from elsewhere.
const COUNTED: u32 = 3;

/// Where the target is to be loaded, if it is the server that the administration port tells of: the address
/// that took a session.
///
/// A session at the one is seen at the other, with its client's address. Where something between them
/// hides that address, the ledger has to grow by one with each session, which it does not where
/// others come and go; nobody can tell then, and that is a no.
pub(crate) fn find(
    target: &Target,
    admin: &AdminClient,
    timeout: Duration,
) -> Result<Option<Target>, LiveError> {
    let mut accepted = admin.status()?.server.ledger.accepted;
    let mut counted = 0;
    // Ends: it grows with each round, or this is the last.
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
    // The zone of an address is a matter of each end.
    held.any(|held| {
        held.client.ip() == client.ip().to_canonical() && held.client.port() == client.port()
    })
}

/// The address that took the session, so that the others which the name has are left alone; but no address
/// is written with its zone.
fn found(target: &Target, server: SocketAddr) -> Target {
    match server {
        SocketAddr::V6(server) if server.scope_id() != 0 => target.clone(),
        server => Target::from(server),
    }
}
