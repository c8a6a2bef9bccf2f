//! The agent port: one line of server state for a load balancer.
//!
//! It answers the `agent-check` of `HAProxy`, and replies without waiting for a request.
//!
//! Every reply of a usable server begins with `ready`. `HAProxy` keeps the last `drain` it received on this
//! address, from this server or an earlier one, until it receives `ready`. The word also cancels a drain or
//! maint that an operator has set in `HAProxy`.

use std::sync::Arc;

use super::panel::Panel;
use crate::observe::{Life, Snapshot};
use crate::server::{Progress, Responder, Service, Then};

/// Answers an agent check with the capacity of the panel's server.
#[derive(Debug)]
pub struct AgentService {
    panel: Arc<Panel>,
}

impl AgentService {
    /// Creates the service for the panel's server.
    pub fn new(panel: Arc<Panel>) -> Self {
        Self { panel }
    }
}

impl Service for AgentService {
    type Responder = AgentResponder;

    fn responder(&self) -> AgentResponder {
        AgentResponder {
            panel: Arc::clone(&self.panel),
        }
    }

    /// Empty: a load balancer that receives no reply keeps the last state it received.
    fn refusal(&self) -> &'static [u8] {
        b""
    }

    /// The agent replies without waiting for input.
    fn has_work(&self, _received: &[u8]) -> bool {
        true
    }

    fn longest_command(&self) -> usize {
        1
    }
}

/// Sends the one line on connect and ends the session.
#[derive(Debug)]
pub struct AgentResponder {
    panel: Arc<Panel>,
}

impl Responder for AgentResponder {
    fn greet(&mut self, replies: &mut Vec<u8>) -> Then {
        let server = self.panel.snapshot();
        let line = capacity(&server, self.panel.readiness_of(&server).ready);
        replies.extend_from_slice(line.as_bytes());
        Then::Finish
    }

    fn respond(&mut self, input: &[u8], _replies: &mut Vec<u8>) -> Progress {
        Progress {
            consumed: input.len(),
            commands: 0,
            then: Then::Finish,
        }
    }
}

/// The server's capacity, in the syntax of an agent-check reply.
///
/// The weight is the share of idle workers, so a server with more idle workers gets more connections. It is
/// never 0, because the server still serves. `maxconn` is the number of workers: more connections wait better
/// in front of all servers than in the queue of one.
fn capacity(server: &Snapshot, is_ready: bool) -> String {
    match server.life {
        Life::Running => {}
        Life::LameDuck | Life::Draining => return "drain\n".into(),
        Life::Cutting => return "down\n".into(),
    }
    let wanted = server.workers.wanted.max(1);
    let free = server.workers.states.idle.min(wanted);
    let weight = if is_ready { 100 * free / wanted } else { 0 };
    format!("ready up {}% maxconn:{wanted}\n", weight.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn server(life: &str, wanted: usize, idle: usize) -> Snapshot {
        let none = json!({"idle": 0, "awaiting": 0, "reading": 0, "working": 0, "writing": 0});
        serde_json::from_value(json!({
            "listen": [], "life": life, "worker_seconds": none, "backlogs": [], "commands": 0,
            "workers": {
                "wanted": wanted, "idle": idle, "awaiting": 0, "reading": 0, "working": 0, "writing": 0
            },
            "queue": {"depth": 0, "capacity": 1, "high_water": 0, "oldest_seconds": 0.0},
            "ledger": {"accepted": 0, "served": {}, "refused": {}, "failed": {}},
            "accept_pauses": {"count": 0, "seconds": 0.0}, "pool": [],
        }))
        .unwrap()
    }

    #[test]
    fn the_weight_is_what_is_free_and_never_nothing() {
        let line = |idle, ready| capacity(&server("running", 8, idle), ready);
        assert_eq!(line(8, true), "ready up 100% maxconn:8\n");
        assert_eq!(line(6, true), "ready up 75% maxconn:8\n");
        assert_eq!(line(0, true), "ready up 1% maxconn:8\n");
        assert_eq!(line(6, false), "ready up 1% maxconn:8\n");
        // Workers that have still to retire do not count as capacity.
        assert_eq!(line(12, true), "ready up 100% maxconn:8\n");
    }

    #[test]
    fn a_server_that_ends_is_sent_nobody() {
        for (life, line) in [
            ("lame duck", "drain\n"),
            ("draining", "drain\n"),
            ("cutting", "down\n"),
        ] {
            assert_eq!(capacity(&server(life, 8, 8), true), line);
        }
    }
}
