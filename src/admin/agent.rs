//! The agent: a line for whoever connects, which tells a load balancer how much to send here.
//!
//! It is what `HAProxy` asks for by `agent-check`, and is answered without being asked anything.
//!
//! Every answer of a server that is to be used begins with `ready`: `HAProxy` keeps to a `drain` it once
//! heard, from this server or from the one before it on this address, until it hears that. The same
//! word takes back a drain or maint that an operator has set there.

use std::sync::Arc;

use super::panel::Panel;
use crate::observe::{Life, Snapshot};
use crate::server::{Progress, Responder, Service, Then};

/// Tells how much the server behind a panel can take.
#[derive(Debug)]
pub struct AgentService {
    panel: Arc<Panel>,
}

impl AgentService {
    /// The service for the server behind a panel.
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

    /// Whoever hears nothing keeps to what it last heard.
    fn refusal(&self) -> &'static [u8] {
        b""
    }

    /// It speaks first.
    fn has_work(&self, _received: &[u8]) -> bool {
        true
    }

    fn longest_command(&self) -> usize {
        1
    }
}

/// Speaks first, and that is all.
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

/// What the server can take, in the words of an agent-check.
///
/// The weight is the share of workers that are free, so that who has more of them gets more; it is never
/// nothing, because the server still serves. The connections are as many as there are workers: what is
/// more than that waits better in front of all servers than in the queue of one.
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
        // Those that have still to retire are no promise.
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
