//! What can go wrong between a client and its server, each saying what was waited for and on whom.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use super::quoted::Quoted;
use super::target::Target;
use super::{LONGEST_LINE_BYTES, LONGEST_REPLY_BYTES};
use crate::base::duration;

/// Why a client did not get what it came for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The resolver says that there is no such host, or could not be asked.
    #[error("no address for {host}: {err}")]
    NoAddress {
        /// The name that was looked up.
        host: String,
        /// The resolver's own words.
        err: io::Error,
    },
    /// The resolver did not answer in time.
    #[error("no address for {host} within {}", duration::text(*.waited))]
    Unresolved {
        /// The name that was looked up.
        host: String,
        /// How long the answer was waited for.
        waited: Duration,
    },
    /// None of the addresses took the connection.
    #[error("could not connect to {target}{}", Tried { attempts, waited: *waited })]
    NotConnected {
        /// Whom the connection was meant for.
        target: Target,
        /// How long it was tried, over all addresses.
        waited: Duration,
        /// Every address that was tried, in turn.
        attempts: Vec<Attempt>,
    },
    /// The server did not take the command off the wire in time.
    #[error("{from} did not take {command} within {}", duration::text(*.waited))]
    NotTaken {
        /// The server.
        from: SocketAddr,
        /// What was being sent.
        command: String,
        /// How long it was tried.
        waited: Duration,
    },
    /// No reply, or only the beginning of one, came in time.
    #[error("no reply to {command} from {from} within {}{}", duration::text(*.waited), Only(heard))]
    NoReply {
        /// The server.
        from: SocketAddr,
        /// What it was sent.
        command: String,
        /// How long the reply was waited for.
        waited: Duration,
        /// What had come until then.
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
        /// What it was sent.
        command: String,
        /// What had come until then.
        heard: Quoted,
    },
    /// The server had ended the session before the command was sent.
    #[error("{from} had closed the session before {command} was sent")]
    ClosedBefore {
        /// The server.
        from: SocketAddr,
        /// What was not sent.
        command: String,
    },
    /// The session broke: a reset, or the network.
    #[error("the session with {from} broke at {command}: {}", reason(err))]
    Broken {
        /// The server.
        from: SocketAddr,
        /// What was being sent or answered.
        command: String,
        /// What the system says.
        err: io::Error,
    },
    /// The reply goes on and on.
    #[error(
        "the reply to {command} from {from} has no end within {LONGEST_REPLY_BYTES} bytes: {heard}"
    )]
    Endless {
        /// The server.
        from: SocketAddr,
        /// What it was sent.
        command: String,
        /// How the reply begins.
        heard: Quoted,
    },
    /// The server answered that it will not tell the time.
    #[error("{from} answered TIME with {reply}")]
    ErrorReply {
        /// The server.
        from: SocketAddr,
        /// Its words.
        reply: Quoted,
    },
    /// The answer to `TIME` is not a time.
    #[error(r#"{from} answered TIME with {reply} and not with "JAM hh:mm:ss\r\n""#)]
    BadReply {
        /// The server.
        from: SocketAddr,
        /// Its words.
        reply: Quoted,
    },
    /// The server spoke while it owed nothing, so its next reply could not be told from this.
    #[error("{from} sent {said} unasked, before {command}")]
    Unasked {
        /// The server.
        from: SocketAddr,
        /// What was not sent because of it.
        command: String,
        /// Its words.
        said: Quoted,
    },
    /// The line is longer than this client sends.
    #[error("a line has at most {LONGEST_LINE_BYTES} bytes, this one has more: {line}")]
    LineTooLong {
        /// How the line begins.
        line: Quoted,
    },
    /// The server was sent `QUIT` and kept the session open.
    #[error("{from} did not close the session within {} of QUIT", duration::text(*.waited))]
    NotClosed {
        /// The server.
        from: SocketAddr,
        /// How long the close was waited for.
        waited: Duration,
    },
}

/// One address that did not take the connection.
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

/// A share of a timeout has a tail of nanoseconds that nobody asked for: rounded up, what is left
/// a moment after the wait began reads as the timeout itself.
fn whole_ms(span: Duration) -> Duration {
    const NANOS_PER_MS: u32 = 1_000_000;
    let tail = span.subsec_nanos() % NANOS_PER_MS;
    let missing = (NANOS_PER_MS - tail) % NANOS_PER_MS;
    span.saturating_add(Duration::from_nanos(missing.into()))
}

/// The end of a message about addresses: what each said, or that time ran out before the first.
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

/// The end of a message about a reply of which only the beginning came.
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

/// The plain words for the errors people meet; the system's words for the others.
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
