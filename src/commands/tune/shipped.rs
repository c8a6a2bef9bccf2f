//! The target that is tuned unless another is named: this program as it is shipped, each candidate started
//! from clean.

use std::time::{Duration, Instant};

use super::child::Server;
use super::trial::Manner;
use super::watched::{Figures, Watched};
use crate::client::Target as Address;
use crate::load::Measurement;
use crate::service::ServiceTime;
use crate::tune::{Order, Target, TargetError, Trial};

/// A server for each trial.
#[derive(Debug)]
pub(super) struct Shipped<'a> {
    /// How it is loaded.
    pub(super) manner: &'a Manner,
    /// How long it takes for a command, if not as long as it has to.
    pub(super) service_time: Option<ServiceTime>,
}

/// Everything that is known of one run.
pub(super) struct Run {
    pub(super) measured: Measurement,
    pub(super) figures: Figures,
    pub(super) began: Instant,
    /// With the start of the server, and its end.
    pub(super) took: Duration,
}

impl Shipped<'_> {
    /// Starts a server as ordered, loads it, and ends it.
    pub(super) fn measure(&self, order: &Order) -> Result<Run, TargetError> {
        let began = Instant::now();
        let server = Server::start(order.candidate, self.service_time);
        let server = server.map_err(|err| TargetError::Failed(err.to_string()))?;
        let watched = Watched {
            target: Address::from(server.address()),
            helm: server.helm(),
            cpu: &|| server.cpu(),
        };
        let (measured, figures) = self.manner.measure(order, &watched)?;
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

impl Target for Shipped<'_> {
    fn run(&mut self, order: &Order) -> Result<Trial, TargetError> {
        if self.manner.stop.is_requested() {
            return Err(TargetError::Interrupted);
        }
        let run = self.measure(order)?;
        Ok(Trial {
            took: run.took,
            ..self
                .manner
                .trial(order, &run.measured, &run.figures, run.began)
        })
    }
}
