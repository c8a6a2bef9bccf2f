//! The administration port: HTTP as a service of its own, for a second instance of the server.
//!
//! | request | answer |
//! |---|---|
//! | `GET /` | the live page |
//! | `GET /status` | everything there is to know, as JSON |
//! | `GET /metrics` | the same for Prometheus, by `Accept` as `OpenMetrics` or in its own text format |
//! | `GET /healthz` | 200 while the process answers |
//! | `GET /readyz` | 200 or 503, with the reason |
//! | `GET /workers`, `POST /workers` | how many workers there are to be; `{"workers": 32}` changes it; with `"for_seconds": 6` on a lease |
//!
//! Each connection carries one request: with two workers, none is kept by a client that has been
//! answered. The *agent* is a service apart, which says in one line how much the server can take.

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
    /// The service for the server behind a panel.
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
