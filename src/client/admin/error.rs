//! The errors of requests to an administration port.

use std::io::{self, ErrorKind};
use std::time::Duration;

use serde::Deserialize;

use super::{Address, LONGEST_ANSWER};
use crate::base::duration;

/// The beginning of the standard library's message for an unknown host name. The error has no kind of
/// its own.
const NOT_LOOKED_UP: &str = "failed to lookup address information";

/// The most characters of a foreign text that a message shows.
const MOST_SHOWN: usize = 300;

/// A failed request to an administration port, with its cause.
#[derive(Debug, thiserror::Error)]
#[error("{address} {fault}")]
pub struct AdminError {
    /// The address of the port.
    pub address: Address,
    /// The cause.
    pub fault: Fault,
}

/// The cause of a failed request; the message puts it after the address of the port.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The host name has no address.
    #[error("cannot be reached: no address for that name")]
    Unknown,
    /// The connection was not accepted.
    #[error("cannot be reached: {}", .0.kind())]
    Unreachable(io::Error),
    /// The answer was not complete in time.
    #[error("did not answer within {}", duration::text(*.0))]
    TimedOut(Duration),
    /// The connection broke before the answer was complete.
    #[error("broke the connection off: {}", .0.kind())]
    BrokeOff(io::Error),
    /// The program at the address does not speak HTTP.
    #[error("does not speak HTTP; is it the time port? {0}")]
    NoHttp(ureq::Error),
    /// The server refused the request.
    #[error("answered {status}: {reason}")]
    Rejected {
        /// The status code of the answer.
        status: u16,
        /// The server's reason, escaped and shortened.
        reason: String,
    },
    /// The answer is not of the requested form.
    #[error("answered with something else than was asked for: {0}")]
    NotUnderstood(serde_json::Error),
    /// The answer exceeds the length limit.
    #[error("answered with more than {} MiB", LONGEST_ANSWER >> 20)]
    TooLong,
}

impl Fault {
    /// Classifies an error of the HTTP client; `timeout` is the time the request was given.
    pub(super) fn of(err: ureq::Error, timeout: Duration) -> Self {
        match err {
            ureq::Error::HostNotFound => Self::Unknown,
            ureq::Error::Timeout(_) => Self::TimedOut(timeout),
            ureq::Error::BodyExceedsLimit(_) => Self::TooLong,
            ureq::Error::Io(err) => match err.kind() {
                ErrorKind::TimedOut => Self::TimedOut(timeout),
                ErrorKind::ConnectionRefused
                | ErrorKind::HostUnreachable
                | ErrorKind::NetworkUnreachable
                | ErrorKind::NetworkDown
                | ErrorKind::AddrNotAvailable
                | ErrorKind::PermissionDenied => Self::Unreachable(err),
                _ if err.to_string().starts_with(NOT_LOOKED_UP) => Self::Unknown,
                _ => Self::BrokeOff(err),
            },
            err => Self::NoHttp(err),
        }
    }

    /// An answer with an error status. Its body states the reason, as `{"error": …}` or as plain text.
    pub(super) fn rejection(status: u16, body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Rejection {
            error: String,
        }
        let reason = match serde_json::from_slice(body) {
            Ok(Rejection { error }) => error,
            Err(_) => String::from_utf8_lossy(body).trim().to_owned(),
        };
        let reason = match reason.as_str() {
            "" => "no reason given".to_owned(),
            reason => visible(reason),
        };
        Self::Rejected { status, reason }
    }
}

/// Foreign text with control characters escaped, so that it cannot control a terminal, and shortened.
fn visible(words: &str) -> String {
    let mut visible = String::new();
    for c in words.chars().take(MOST_SHOWN) {
        if c.is_control() {
            visible.extend(c.escape_default());
        } else {
            visible.push(c);
        }
    }
    if words.chars().nth(MOST_SHOWN).is_some() {
        visible.push('…');
    }
    visible
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(body: &str) -> String {
        Fault::rejection(409, body.as_bytes()).to_string()
    }

    #[test]
    fn a_rejection_is_told_in_the_words_of_the_server() {
        assert_eq!(rejected(r#"{"error": "no room"}"#), "answered 409: no room");
        assert_eq!(rejected("busy\n"), "answered 409: busy");
        assert_eq!(rejected(""), "answered 409: no reason given");
    }

    #[test]
    fn words_of_a_stranger_are_escaped_and_bounded() {
        assert_eq!(rejected("\x1b[2J"), "answered 409: \\u{1b}[2J");
        let long = rejected(&"é".repeat(400));
        assert_eq!(long, format!("answered 409: {}…", "é".repeat(300)));
    }
}
