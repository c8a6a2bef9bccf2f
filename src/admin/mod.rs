//! The administration port: an HTTP service on a second instance of the server.
//!
//! | request | answer |
//! |---|---|
//! | `GET /` | the live page |
//! | `GET /status` | the complete status, as JSON |
//! | `GET /metrics` | the metrics, by `Accept` as `OpenMetrics` or in the text format of Prometheus |
//! | `GET /healthz` | 200 while the process answers |
//! | `GET /readyz` | 200 or 503, with the reason |
//! | `GET /workers`, `POST /workers` | the number of workers; `{"workers": 32}` changes it; with `"for_seconds": 6` on a lease |
//!
//! Each connection carries one request, so an answered client holds neither of the two workers. The *agent*
//! is a separate service that states the server's capacity in one line.

mod advising;
mod agent;
mod guard;
mod idleness;
mod lease;
mod method;
mod panel;
mod request;
mod response;
mod routes;
mod settings;
mod target;

use std::sync::Arc;

pub use self::advising::Advising;
pub use self::agent::AgentService;
pub use self::guard::{Names, check_change, check_host};
pub use self::method::Method;
pub use self::panel::Panel;
pub use self::request::{Parsed, REQUEST_MAX, Request, parse};
pub use self::response::Response;
pub use self::settings::settings;

use crate::server::{Progress, Responder, Service, Then};

/// Answers HTTP requests about a server, and changes its number of workers.
#[derive(Debug)]
pub struct AdminService {
    panel: Arc<Panel>,
}

impl AdminService {
    /// Creates the service for the panel's server.
    pub fn new(panel: Arc<Panel>) -> Self {
        Self { panel }
    }
}

impl Service for AdminService {
    type Responder = AdminResponder;

    fn responder(&self) -> AdminResponder {
        AdminResponder {
            panel: Arc::clone(&self.panel),
        }
    }

    fn refusal(&self) -> &'static [u8] {
        response::BUSY
    }

    fn has_work(&self, received: &[u8]) -> bool {
        parse(received) != Parsed::Partial
    }

    fn longest_command(&self) -> usize {
        REQUEST_MAX
    }
}

/// Answers the requests of one worker's connections.
#[derive(Debug)]
pub struct AdminResponder {
    panel: Arc<Panel>,
}

impl Responder for AdminResponder {
    fn respond(&mut self, input: &[u8], replies: &mut Vec<u8>) -> Progress {
        let (consumed, then) = match parse(input) {
            Parsed::Partial => (0, Then::Read),
            Parsed::Whole(request, bytes) => {
                routes::answer(&self.panel, &request).write(request.method, replies);
                (bytes, Then::Finish)
            }
            Parsed::Bad(rejection) => {
                rejection.write(Method::Get, replies);
                (input.len(), Then::Reject)
            }
        };
        Progress {
            consumed,
            commands: u32::from(then == Then::Finish),
            then,
        }
    }
}
