//! The client of the administration port: server status and number of workers.
//! Every exchange is bounded in time and in size.

mod address;
mod error;
mod lease;

use std::time::Duration;

use serde::de::DeserializeOwned;
use ureq::http::Response;
use ureq::{Agent, Body};

pub use self::address::{Address, NoAddress};
pub use self::error::{AdminError, Fault};
pub use self::lease::Lease;

use crate::observe::{Headcount, Status};

/// The longest accepted answer: several times the status of the largest possible pool.
const LONGEST_ANSWER: u64 = 16 << 20;

/// A client of one server's administration port. Each call makes one connection.
#[derive(Debug, Clone)]
pub struct AdminClient {
    address: Address,
    timeout: Duration,
    agent: Agent,
}

impl AdminClient {
    /// Creates a client for the port at an address; no call takes longer than `timeout`.
    pub fn new(address: Address, timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            // The body of an error answer states the reason, so it must be read.
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // The port is contacted directly, even if the environment names a web proxy.
            .proxy(None)
            .max_idle_connections(0)
            .user_agent(concat!("jamd/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            address,
            timeout,
            agent: Agent::new_with_config(config),
        }
    }

    /// The address of the port.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Reads the status of the server.
    ///
    /// # Errors
    ///
    /// The port cannot be reached, or does not answer with a status.
    pub fn status(&self) -> Result<Status, AdminError> {
        self.read(&self.get("/status")?)
    }

    /// Reads the number of workers.
    ///
    /// # Errors
    ///
    /// The port cannot be reached, or does not answer with a number of workers.
    pub fn workers(&self) -> Result<usize, AdminError> {
        Ok(self.headcount()?.workers)
    }

    /// Reads the number of workers and the lease it is on.
    ///
    /// # Errors
    ///
    /// As for [`workers`](Self::workers).
    pub fn headcount(&self) -> Result<Headcount, AdminError> {
        self.read(&self.get("/workers")?)
    }

    /// Sets the number of workers permanently, and returns the number afterwards.
    ///
    /// # Errors
    ///
    /// The port cannot be reached, or the server refuses the number.
    pub fn set_workers(&self, workers: usize) -> Result<usize, AdminError> {
        let changed: Headcount = self.change(&format!(r#"{{"workers": {workers}}}"#))?;
        Ok(changed.workers)
    }

    /// Sends a request to change the number of workers.
    fn change<T: DeserializeOwned>(&self, body: &str) -> Result<T, AdminError> {
        let request = self.agent.post(self.url("/workers"));
        let answer = request.content_type("application/json").send(body);
        self.read(&self.body(answer)?)
    }

    fn get(&self, path: &str) -> Result<Vec<u8>, AdminError> {
        self.body(self.agent.get(self.url(path)).call())
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The complete body of an answer with a success status.
    fn body(&self, answer: Result<Response<Body>, ureq::Error>) -> Result<Vec<u8>, AdminError> {
        let failed = |err| self.error(Fault::of(err, self.timeout));
        let mut answer = answer.map_err(failed)?;
        let body = answer.body_mut().with_config().limit(LONGEST_ANSWER);
        let body = body.read_to_vec().map_err(failed)?;
        if answer.status().is_success() {
            Ok(body)
        } else {
            Err(self.error(Fault::rejection(answer.status().as_u16(), &body)))
        }
    }

    fn read<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, AdminError> {
        serde_json::from_slice(body).map_err(|err| self.error(Fault::NotUnderstood(err)))
    }

    fn error(&self, fault: Fault) -> AdminError {
        AdminError {
            address: self.address.clone(),
            fault,
        }
    }
}
