//! The plan of a run: every value it depends on.

mod source;
mod stages;

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

pub use source::{SourceError, Sources};
pub use stages::{HIGHEST_RATE, Stages, StagesError};

use crate::base::serialized::{seconds, text};
use crate::client::Target;
use crate::clock::Zone;

/// All conditions of a run, except the machine and the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The server to load.
    #[serde(with = "text")]
    pub target: Target,
    /// The trigger of the next session.
    pub drive: Drive,
    /// The shape of a session.
    pub shape: Shape,
    /// The condition that ends the start of sessions.
    pub length: Length,
    /// Warm-up: time of load before anything counts.
    #[serde(rename = "warmup_seconds", with = "seconds")]
    pub warmup: Duration,
    /// Event loops, each a thread.
    pub threads: usize,
    /// The limit of every wait: for the connection, a reply, the close.
    #[serde(rename = "timeout_seconds", with = "seconds")]
    pub timeout: Duration,
    /// Local addresses to connect from; the system's choice if none is named.
    #[serde(with = "text")]
    pub sources: Sources,
    /// The seed of the run's random numbers.
    pub seed: u64,
    /// Largest accepted error of the server's clock.
    #[serde(rename = "skew_seconds", with = "seconds")]
    pub skew: Duration,
    /// The time zone of the server's replies.
    #[serde(with = "text")]
    pub zone: Zone,
    /// The part of the load that this process makes.
    pub shard: Shard,
    /// The start of the run; at once if `None`.
    #[serde(skip)]
    pub start_at: Option<SystemTime>,
}

/// The trigger of the next session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "loop", rename_all = "kebab-case")]
pub enum Drive {
    /// A closed loop: each client begins a session when its last one has ended.
    Closed {
        /// The number of clients.
        clients: usize,
    },
    /// An open loop: sessions begin on a schedule, independent of earlier ones.
    Open {
        /// Sessions a second, by time.
        #[serde(with = "text")]
        stages: Stages,
        /// The spacing of their starts.
        arrivals: Arrivals,
        /// Most sessions at a time; more wait in the client, and that wait counts.
        clients: usize,
    },
}

impl Drive {
    /// Most sessions at a time.
    pub fn clients(&self) -> usize {
        match self {
            Self::Closed { clients } | Self::Open { clients, .. } => *clients,
        }
    }

    /// Whether sessions begin on a schedule.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }
}

/// The spacing of the arrivals of an open loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arrivals {
    /// Equal gaps.
    #[default]
    Constant,
    /// Independent arrivals: exponentially distributed gaps.
    Poisson,
}

/// The text for people, identical in every report.
impl fmt::Display for Arrivals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Constant => "evenly spaced",
            Self::Poisson => "at random (Poisson)",
        })
    }
}

/// The shape of a session.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Commands in a session, or in one round on a connection that is kept open.
    pub commands: u32,
    /// The action after the last command.
    pub then: Then,
    /// Commands sent in one piece, before waiting for a reply.
    pub pipeline: u32,
    /// The pause between a reply and the next command, and between two sessions of a client.
    pub think: Think,
}

/// The action after the last command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// `QUIT`, and a new connection for the next session.
    Quit,
    /// The next round on this connection; `QUIT` only when the run ends.
    KeepAlive,
}

/// A pause.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Think {
    /// No pause.
    None,
    /// A constant pause.
    Fixed {
        /// Its length.
        #[serde(with = "seconds")]
        seconds: Duration,
    },
    /// An exponentially distributed pause.
    Exponential {
        /// Its mean length.
        #[serde(rename = "mean_seconds", with = "seconds")]
        mean: Duration,
    },
}

/// The condition that ends the start of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Length {
    /// Stop after this time.
    Duration {
        /// The time, without the warm-up.
        #[serde(with = "seconds")]
        seconds: Duration,
    },
    /// Stop after a number of sessions.
    Sessions {
        /// The number, over all threads.
        count: u64,
    },
}

/// The part of the load that one process of several makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// The part's index, from 1.
    pub index: u32,
    /// The number of parts.
    pub count: u32,
}

impl Default for Shard {
    fn default() -> Self {
        Self { index: 1, count: 1 }
    }
}
