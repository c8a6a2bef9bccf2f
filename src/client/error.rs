//! The errors between a client and its server. Each names the server and the expected event.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use super::quoted::Quoted;
use super::target::Target;
use super::{LONGEST_LINE_BYTES, LONGEST_REPLY_BYTES};
use crate::base::duration;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The resolver knows no such host, or failed.
    #[error("no address for {host}: {err}")]
    NoAddress {
        /// The name that was looked up.
        host: String,
        /// The resolver's error.
        err: io::Error,
    },
    /// The resolver did not answer in time.
    #[error("no address for {host} within {}", duration::text(*.waited))]
    Unresolved {
        /// The name that was looked up.
        host: String,
        /// How long the client waited for the resolver.
        waited: Duration,
    },
    /// No address accepted the connection.
    #[error("could not connect to {target}{}", Tried { attempts, waited: *waited })]
    NotConnected {
        /// The target of the connection.
        target: Target,
        /// How long the client tried, over all addresses.
        waited: Duration,
        /// Every attempted address, in order.
        attempts: Vec<Attempt>,
    },
    /// The server did not receive the command in time.
    #[error("{from} did not take {command} within {}", duration::text(*.waited))]
    NotTaken {
        /// The server.
        from: SocketAddr,
        /// The command being sent.
        command: String,
        /// How long the client tried to send.
        waited: Duration,
    },
    /// No reply, or only its beginning, arrived in time.
    #[error("no reply to {command} from {from} within {}{}", duration::text(*.waited), Only(heard))]
    NoReply {
        /// The server.
        from: SocketAddr,
        /// The command that was sent.
        command: String,
        /// How long the client waited for the reply.
        waited: Duration,
        /// The bytes received so far.
        heard: Quoted,
    },
    /// The server ended the session while it owed a reply.
    #[error(
        "{from} closed the session instead of answering {command}{}",
        Only(heard)
    )]
    Closed {
        /// The server.
        from: SocketAddr,
        /// The command that was sent.
        command: String,
        /// The bytes received so far.
        heard: Quoted,
    },
    /// The server had ended the session before the command was sent.
    #[error("{from} had closed the session before {command} was sent")]
    ClosedBefore {
        /// The server.
        from: SocketAddr,
        /// The command that was not sent.
        command: String,
    },
    /// The session broke: a reset, or the network.
    #[error("the session with {from} broke at {command}: {}", reason(err))]
    Broken {
        /// The server.
        from: SocketAddr,
        /// The command being sent or answered.
        command: String,
        /// The system's error.
        err: io::Error,
    },
    /// The reply exceeds the length limit.
    #[error(
        "the reply to {command} from {from} has no end within {LONGEST_REPLY_BYTES} bytes: {heard}"
    )]
    Endless {
        /// The server.
        from: SocketAddr,
        /// The command that was sent.
        command: String,
        /// The beginning of the reply.
        heard: Quoted,
    },
    /// The server answered `TIME` with an error.
    #[error("{from} answered TIME with {reply}")]
    ErrorReply {
        /// The server.
        from: SocketAddr,
        /// The server's reply.
        reply: Quoted,
    },
    /// The answer to `TIME` is not a time.
    #[error(r#"{from} answered TIME with {reply} and not with "JAM hh:mm:ss\r\n""#)]
    BadReply {
        /// The server.
        from: SocketAddr,
        /// The server's reply.
        reply: Quoted,
    },
    /// The server sent data although it owed no reply, so the next reply could not be recognised.
    #[error("{from} sent {said} unasked, before {command}")]
    Unasked {
        /// The server.
        from: SocketAddr,
        /// The command that was therefore not sent.
        command: String,
        /// The data received.
        said: Quoted,
    },
    /// The line is longer than the client's limit.
    #[error("a line has at most {LONGEST_LINE_BYTES} bytes, this one has more: {line}")]
    LineTooLong {
        /// The beginning of the line.
        line: Quoted,
    },
    /// The server kept the session open after `QUIT`.
    #[error("{from} did not close the session within {} of QUIT", duration::text(*.waited))]
    NotClosed {
        /// The server.
        from: SocketAddr,
        /// How long the client waited for the close.
        waited: Duration,
    },
}

/// One address that did not accept the connection.
#[derive(Debug)]
pub struct Attempt {
    pub(super) addr: SocketAddr,
    pub(super) waited: Duration,
    pub(super) err: io::Error,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { addr, waited, err } = self;
        if err.kind() == ErrorKind::TimedOut {
            write!(
                f,
                "no answer within {} ({addr})",
                duration::text(whole_ms(*waited))
            )
        } else {
            write!(f, "{} ({addr})", reason(err))
        }
    }
}

/// Rounds up to whole milliseconds. A share of a timeout has a remainder of nanoseconds; rounded up, the
/// time left just after the start reads as the timeout itself.
fn whole_ms(span: Duration) -> Duration {
    const NANOS_PER_MS: u32 = 1_000_000;
    let tail = span.subsec_nanos() % NANOS_PER_MS;
    let missing = (NANOS_PER_MS - tail) % NANOS_PER_MS;
    span.saturating_add(Duration::from_nanos(missing.into()))
}

/// The end of a connection error: the failure of each address, or that no time was left for the first.
struct Tried<'a> {
    attempts: &'a [Attempt],
    waited: Duration,
}

impl fmt::Display for Tried<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.attempts.is_empty() {
            return write!(f, " within {}", duration::text(self.waited));
        }
        for (tried, attempt) in self.attempts.iter().enumerate() {
            let before = if tried == 0 { ": " } else { ", " };
            write!(f, "{before}{attempt}")?;
        }
        Ok(())
    }
}

/// The end of an error about an incomplete reply.
struct Only<'a>(&'a Quoted);

impl fmt::Display for Only<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            Ok(())
        } else {
            write!(f, ", only {} came", self.0)
        }
    }
}

/// The error's kind for common errors; the system's message for the others.
fn reason(err: &io::Error) -> String {
    match err.kind() {
        kind @ (ErrorKind::ConnectionRefused
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable
        | ErrorKind::PermissionDenied
        | ErrorKind::TimedOut) => kind.to_string(),
        _ => err.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_up_to_the_millisecond() {
        let rounded = |nanos| whole_ms(Duration::from_nanos(nanos));
        assert_eq!(rounded(4_999_900_000), Duration::from_secs(5));
        assert_eq!(rounded(2_000_000), Duration::from_millis(2));
        assert_eq!(whole_ms(Duration::MAX), Duration::MAX);
    }

    #[test]
    fn running_out_of_time_before_the_first_address_is_said() {
        let waited = Duration::from_secs(5);
        let tried = Tried {
            attempts: &[],
            waited,
        };
        assert_eq!(tried.to_string(), " within 5s");
    }
}
