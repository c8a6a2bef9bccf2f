//! The outcomes of a session, as its client sees them.

use serde::{Deserialize, Serialize};

/// The outcome of one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every command was answered correctly, and the server closed when asked to.
    Good,
    /// The server reported that it is busy: neither goodput nor an error.
    Busy,
    /// The session failed.
    Failed(Failure),
    /// The run ended before the session did.
    Unfinished,
}

/// The kinds of failure of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// The connection was refused: no listener on the port.
    Refused,
    /// The connection was not established in time.
    ConnectTimedOut,
    /// The connection was reset while it was being established.
    ConnectReset,
    /// The connection failed with another network error.
    Unreachable,
    /// This machine has no local port left for the connection.
    NoPort,
    /// This process has no descriptor left for the connection.
    NoDescriptor,
    /// The connection was reset while a reply, or the close, was owed.
    Reset,
    /// The server ended the session before it had replied.
    EndedEarly,
    /// A reply did not come in time.
    ReplyTimedOut,
    /// A reply does not have the form `JAM hh:mm:ss`, CR LF.
    Malformed,
    /// The time in a reply is wrong.
    WrongTime,
    /// The server sent more than it was asked for.
    ExtraBytes,
    /// The server did not close in time after `QUIT`.
    NotClosed,
}

impl Failure {
    /// The number of kinds.
    pub const COUNT: usize = Self::ALL.len();

    /// All kinds, in the order they are printed.
    pub const ALL: [Self; 13] = [
        Self::Refused,
        Self::ConnectTimedOut,
        Self::ConnectReset,
        Self::Unreachable,
        Self::NoPort,
        Self::NoDescriptor,
        Self::Reset,
        Self::EndedEarly,
        Self::ReplyTimedOut,
        Self::Malformed,
        Self::WrongTime,
        Self::ExtraBytes,
        Self::NotClosed,
    ];

    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "connection refused",
            Self::ConnectTimedOut => "connection timed out",
            Self::ConnectReset => "reset while connecting",
            Self::Unreachable => "not reachable",
            Self::NoPort => "no local port",
            Self::NoDescriptor => "no descriptor",
            Self::Reset => "reset",
            Self::EndedEarly => "closed before the reply",
            Self::ReplyTimedOut => "reply timed out",
            Self::Malformed => "malformed reply",
            Self::WrongTime => "wrong time",
            Self::ExtraBytes => "unexpected extra bytes",
            Self::NotClosed => "not closed in time",
        }
    }

    /// Whether the client's own machine is at fault, and not the server.
    pub fn is_own(self) -> bool {
        matches!(self, Self::NoPort | Self::NoDescriptor)
    }

    /// Whether no connection was established.
    pub fn is_connecting(self) -> bool {
        matches!(
            self,
            Self::Refused
                | Self::ConnectTimedOut
                | Self::ConnectReset
                | Self::Unreachable
                | Self::NoPort
                | Self::NoDescriptor
        )
    }

    /// Whether the session only shows that its wait takes longer than the timeout.
    pub fn is_timeout(self) -> bool {
        matches!(
            self,
            Self::ConnectTimedOut | Self::ReplyTimedOut | Self::NotClosed
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_stands_at_its_own_place() {
        for (place, failure) in Failure::ALL.into_iter().enumerate() {
            assert_eq!(failure as usize, place);
        }
    }
}
