//! The server that is tuned unless another is named: this program as it is shipped, each candidate started
//! from clean.

use std::time::Instant;

use super::child::Server;
use super::sampled::Watched;
use super::trial::{Manner, Run, Subject};
use crate::client::Target;
use crate::service::ServiceTime;
use crate::tune::{Order, TargetError};

/// A server for each trial.
#[derive(Debug)]
pub(crate) struct Shipped {
    /// How long it takes for a command, if not as long as it has to.
    pub(crate) service_time: Option<ServiceTime>,
}

impl Subject for Shipped {
    /// Each server has the queue that was ordered.
    fn queue(&self) -> Option<usize> {
        None
    }

    /// Starts a server as ordered, loads it, and ends it.
    fn measure(&mut self, manner: &Manner, order: &Order) -> Result<Run, TargetError> {
        let began = Instant::now();
        let server = Server::start(order.candidate, self.service_time);
        let server = server.map_err(|err| TargetError::Failed(err.to_string()))?;
        let watched = Watched {
            target: Target::from(server.address()),
            helm: server.helm(),
        };
        let (measured, figures) = manner.measure(order, &watched)?;
        if !server.end() {
            let reason = "the server ended while it was loaded".to_owned();
            return Err(TargetError::Failed(reason));
        }
        Ok(Run {
            measured,
            figures,
            began,
            took: began.elapsed(),
        })
    }
}
