//! The receiver of first commands, for connections that do not have a worker yet.

use std::fmt;
use std::io;
use std::sync::Arc;

use crate::server::ledger::Outcome;
use crate::server::queue::Arrival;
use crate::server::service::Service;

/// Returns whether a worker has something to do for a client that has sent these bytes.
type HasWork = Box<dyn Fn(&[u8]) -> bool + Send>;

/// Receives first commands, independent of the service's type.
pub(crate) struct FirstCommand {
    has_work: HasWork,
    /// A buffer for the longest command.
    scratch: Vec<u8>,
}

/// The result of one receive on a connection without a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Received {
    /// A worker has something to do.
    Work,
    /// More bytes arrived, but the command is not complete.
    Partial,
    /// No more bytes have arrived.
    Nothing,
    /// The connection is over.
    End(Outcome),
}

impl FirstCommand {
    pub(crate) fn of<S: Service>(service: Arc<S>) -> Self {
        Self {
            scratch: vec![0; service.longest_command()],
            has_work: Box::new(move |received| service.has_work(received)),
        }
    }

    /// Receives once without waiting. If the service speaks first, it does not receive.
    pub(crate) fn receive(&mut self, arrival: &mut Arrival) -> Received {
        if (self.has_work)(&arrival.received) {
            return Received::Work;
        }
        let received = arrival.receive(&mut self.scratch);
        let is_silent = arrival.received.is_empty();
        match received {
            Err(err) if err.kind() == io::ErrorKind::WouldBlock => Received::Nothing,
            Ok(0) | Err(_) if is_silent => Received::End(Outcome::Probe),
            Ok(0) => Received::End(Outcome::Truncated),
            Err(_) => Received::End(Outcome::Reset),
            Ok(_) if (self.has_work)(&arrival.received) => Received::Work,
            Ok(_) => Received::Partial,
        }
    }
}

impl fmt::Debug for FirstCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FirstCommand")
    }
}
