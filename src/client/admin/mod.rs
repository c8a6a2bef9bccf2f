//! The administration port from the other end: reads the status of a server, changes how many workers
//! it has. Every exchange is bounded in time and in size.

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

/// More than the status of the most workers there can be takes, several times over.
const LONGEST_ANSWER: u64 = 16 << 20;

/// The administration port of one server. Each call is one connection.
#[derive(Debug, Clone)]
pub struct AdminClient {
    address: Address,
    timeout: Duration,
    agent: Agent,
}

impl AdminClient {
    /// The port at an address; no call to it takes longer than `timeout`.
    pub fn new(address: Address, timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            // Every status has its own words in the body.
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // Nobody stands between, whatever the environment says about the web.
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

    /// Where the port is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// What the server says of itself.
    ///
    /// # Errors
    ///
    /// The port cannot be reached, or does not answer with a status.
    pub fn status(&self) -> Result<Status, AdminError> {
        self.read(&self.get("/status")?)
    }

    /// How many workers there are to be.
    ///
    /// # Errors
    ///
    /// The port cannot be reached, or does not answer with a number of workers.
    pub fn workers(&self) -> Result<usize, AdminError> {
        Ok(self.headcount()?.workers)
    }

    /// The same, and until when.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn headcount(&self) -> Result<Headcount, AdminError> {
        self.read(&self.get("/workers")?)
    }

    /// Changes that number for good, and returns what it is afterwards.
    ///
    /// # Errors
    ///
    /// The port cannot be reached, or the server will not have so many.
    pub fn set_workers(&self, workers: usize) -> Result<usize, AdminError> {
        let changed: Headcount = self.change(&format!(r#"{{"workers": {workers}}}"#))?;
        Ok(changed.workers)
    }

    /// Changes that number as a body says.
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

    /// The whole of an answer, if it is a good one.
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
