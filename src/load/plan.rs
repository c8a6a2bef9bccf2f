//! What is to be measured and how: every value a run depends on.

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

/// Everything that a run depends on, the machine and the server aside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Whom to load.
    #[serde(with = "text")]
    pub target: Target,
    /// What makes the next session begin.
    pub drive: Drive,
    /// What a session is.
    pub shape: Shape,
    /// When to stop beginning sessions.
    pub length: Length,
    /// How long to load before anything counts.
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
    /// What makes a run's random numbers those of another.
    pub seed: u64,
    /// How far the server's clock may be off.
    #[serde(rename = "skew_seconds", with = "seconds")]
    pub skew: Duration,
    /// The zone the server tells the time in.
    #[serde(with = "text")]
    pub zone: Zone,
    /// Which part of the load this process makes.
    pub shard: Shard,
    /// When to begin; at once if not said.
    #[serde(skip)]
    pub start_at: Option<SystemTime>,
}

/// What makes the next session begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "loop", rename_all = "kebab-case")]
pub enum Drive {
    /// A closed loop: so many clients, each beginning when its last session has ended.
    Closed {
        /// How many.
        clients: usize,
    },
    /// An open loop: sessions begin on a schedule, whatever became of those before.
    Open {
        /// How many a second, and from when.
        #[serde(with = "text")]
        stages: Stages,
        /// How they are spread.
        arrivals: Arrivals,
        /// The most sessions at a time; more than that wait in the client, and that counts.
        clients: usize,
    },
}

impl Drive {
    /// The most sessions at a time.
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

/// How the arrivals of an open loop are spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arrivals {
    /// At equal distances.
    #[default]
    Constant,
    /// Independently of each other: at exponentially distributed distances.
    Poisson,
}

/// The words that a person reads, the same wherever a run is told of.
impl fmt::Display for Arrivals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Constant => "evenly spaced",
            Self::Poisson => "at random (Poisson)",
        })
    }
}

/// What a session is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Commands in a session, or in a round of one that is kept open.
    pub commands: u32,
    /// What happens after the last of them.
    pub then: Then,
    /// Commands sent in one piece, before a reply is waited for.
    pub pipeline: u32,
    /// The pause between a reply and the next command, and between two sessions of a client.
    pub think: Think,
}

/// What happens after the last command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// `QUIT`, and a new connection for the next session.
    Quit,
    /// The next round on the same connection; `QUIT` only when the run ends.
    KeepAlive,
}

/// A pause.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Think {
    /// None at all.
    None,
    /// Always the same.
    Fixed {
        /// How long.
        #[serde(with = "seconds")]
        seconds: Duration,
    },
    /// Exponentially distributed.
    Exponential {
        /// How long on average.
        #[serde(rename = "mean_seconds", with = "seconds")]
        mean: Duration,
    },
}

/// When to stop beginning sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Length {
    /// After this time.
    Duration {
        /// How long, the warm-up not counted.
        #[serde(with = "seconds")]
        seconds: Duration,
    },
    /// After so many.
    Sessions {
        /// How many, over all threads.
        count: u64,
    },
}

/// Which part of the load one process of several makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which one, from 1.
    pub index: u32,
    /// Of how many.
    pub count: u32,
}

impl Default for Shard {
    fn default() -> Self {
        Self { index: 1, count: 1 }
    }
}
