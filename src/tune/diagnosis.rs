//! What keeps a server from giving more.

use serde::{Deserialize, Serialize};

/// What keeps the verdict from giving more, and how one knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// What.
    pub bottleneck: Bottleneck,
    /// How one knows: a sentence.
    pub evidence: String,
}

/// What is exhausted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bottleneck {
    /// All workers are occupied, and more of them would serve more.
    Workers,
    /// The server computes on all cores.
    ServerCpu,
    /// The machine's cores, shared by the server and the load generator.
    SharedCores,
    /// Something that sessions share within the server, such as a lock: more workers only wait for it.
    Contention,
    /// The accept backlog: the kernel drops connections before the server sees them.
    Backlog,
    /// The load generator.
    Client,
    /// The moments at which sessions begin, which the load generator did not keep to.
    Pacing,
    /// Local ports of the load generator.
    Ports,
    /// Nothing: the server could serve more than comes.
    Nothing,
    /// It cannot be told.
    Unknown,
}

impl Bottleneck {
    /// What a person reads.
    pub fn name(self) -> &'static str {
        match self {
            Self::Workers => "the workers",
            Self::ServerCpu => "the server's CPU",
            Self::SharedCores => "the machine's cores, shared by the server and the load generator",
            Self::Contention => "something that sessions share within the server, such as a lock",
            Self::Backlog => "the accept backlog",
            Self::Client => "the load generator",
            Self::Pacing => "the pacing of the load generator",
            Self::Ports => "the load generator's local ports",
            Self::Nothing => "nothing",
            Self::Unknown => "not known",
        }
    }
}

impl Diagnosis {
    pub(super) fn unknown() -> Self {
        Self {
            bottleneck: Bottleneck::Unknown,
            evidence: "Nothing ran that could be looked at.".to_owned(),
        }
    }
}
