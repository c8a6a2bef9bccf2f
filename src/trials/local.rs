//! The local server to tune: this program as shipped, started anew for each candidate.

use std::time::Instant;

use super::child::Server;
use super::sampled::Sampled;
use super::trial::{Run, Subject, TrialSettings};
use crate::client::Target;
use crate::service::ServiceTime;
use crate::tune::{TargetError, TrialRequest};

/// A new server for each trial.
#[derive(Debug)]
pub(crate) struct Local {
    /// The simulated service time, if any.
    pub(crate) service_time: Option<ServiceTime>,
}

impl Subject for Local {
    /// `None`: each server has the requested queue.
    fn queue(&self) -> Option<usize> {
        None
    }

    /// Starts a server as requested, loads it, and ends it.
    fn measure(
        &mut self,
        settings: &TrialSettings,
        request: &TrialRequest,
    ) -> Result<Run, TargetError> {
        let began = Instant::now();
        let server = Server::start(request.candidate, self.service_time);
        let server = server.map_err(|err| TargetError::Failed(err.to_string()))?;
        let watched = Sampled {
            target: Target::from(server.address()),
            admin: server.admin(),
        };
        let (measured, figures) = settings.measure(request, &watched)?;
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
