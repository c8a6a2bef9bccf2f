//! What can go wrong at an administration port.

use std::io::{self, ErrorKind};
use std::time::Duration;

use serde::Deserialize;

use super::{Address, LONGEST_ANSWER};
use crate::base::duration;

/// How the standard library begins what it says of a name that the resolver does not know; such an error
/// has no kind of its own.
const NOT_LOOKED_UP: &str = "failed to lookup address information";

/// As many characters of a stranger's words as a message shows.
const MOST_SHOWN: usize = 300;

/// A port that could not be used, and why.
#[derive(Debug, thiserror::Error)]
#[error("{address} {fault}")]
pub struct AdminError {
    /// The port.
    pub address: Address,
    /// What went wrong there.
    pub fault: Fault,
}

/// What went wrong; written after the address of the port.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The name leads nowhere.
    #[error("cannot be reached: no address for that name")]
    Unknown,
    /// Nobody takes the connection.
    #[error("cannot be reached: {}", .0.kind())]
    Unreachable(io::Error),
    /// The answer was not complete in time.
    #[error("did not answer within {}", duration::text(*.0))]
    TimedOut(Duration),
    /// The connection broke.
    #[error("broke the connection off: {}", .0.kind())]
    BrokeOff(io::Error),
    /// Whatever listens there is something else.
    #[error("is no administration port: {0}")]
    NoHttp(ureq::Error),
    /// It will not do that.
    #[error("answered {status}: {reason}")]
    Rejected {
        /// The status code of the answer.
        status: u16,
        /// The server's own words, made fit for a message.
        reason: String,
    },
    /// The answer is not what was asked for.
    #[error("answered with something else than was asked for: {0}")]
    NotUnderstood(serde_json::Error),
    /// The answer goes on and on.
    #[error("answered with more than {} MiB", LONGEST_ANSWER >> 20)]
    TooLong,
}

impl Fault {
    /// What an error of the HTTP client means, where so much time was given.
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

    /// An answer that is none: its body says why, as `{"error": …}` or as plain text.
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

/// A stranger's words without what would command a terminal, and no more of them than can be read.
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
