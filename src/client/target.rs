//! The server's host and port, as written on a command line.

use std::fmt;
use std::net::{Ipv6Addr, SocketAddr};
use std::str::FromStr;

use crate::protocol::PORT;

/// A domain name has at most this many bytes in the domain name system.
const LONGEST_HOST_BYTES: usize = 253;

/// The server to connect to; its host name is not resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    host: String,
    port: u16,
}

impl Target {
    /// A name or a literal address, the latter without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port, never 0.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Default for Target {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            port: PORT,
        }
    }
}

impl From<SocketAddr> for Target {
    fn from(address: SocketAddr) -> Self {
        Self {
            host: address.ip().to_string(),
            port: address.port(),
        }
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let (host, port) = if let Some(bracketed) = text.strip_prefix('[') {
            let (literal, rest) = bracketed
                .split_once(']')
                .ok_or_else(|| TargetError::Unclosed(text.to_owned()))?;
            (ipv6(literal, text)?, after_bracket(rest, text)?)
        } else {
            match text.split_once(':') {
                None => (name(text)?, None),
                Some((_, rest)) if rest.contains(':') => (ipv6(text, text)?, None),
                Some((host, port)) => (name(host)?, Some(port)),
            }
        };
        Ok(Self {
            host: host.to_owned(),
            port: port.map_or(Ok(PORT), number)?,
        })
    }
}

/// The port after a closing bracket, if there is one.
fn after_bracket<'a>(rest: &'a str, text: &str) -> Result<Option<&'a str>, TargetError> {
    match rest.strip_prefix(':') {
        Some(port) => Ok(Some(port)),
        None if rest.is_empty() => Ok(None),
        None => Err(TargetError::AfterBracket(text.to_owned())),
    }
}

/// Checks an IPv6 address with or without a zone (`fe80::1%eth0`); the resolver interprets the zone.
fn ipv6<'a>(literal: &'a str, text: &str) -> Result<&'a str, TargetError> {
    let (address, zone) = match literal.split_once('%') {
        Some((address, zone)) => (address, Some(zone)),
        None => (literal, None),
    };
    let zone_is_fit = zone.is_none_or(|zone| name(zone).is_ok());
    if address.parse::<Ipv6Addr>().is_ok() && zone_is_fit {
        Ok(literal)
    } else {
        Err(TargetError::Address(text.to_owned()))
    }
}

/// Checks a host name or IPv4 address; only the resolver knows whether the host exists.
fn name(host: &str) -> Result<&str, TargetError> {
    let is_fit = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if host.is_empty() {
        Err(TargetError::NoHost)
    } else if host.len() <= LONGEST_HOST_BYTES && host.bytes().all(is_fit) {
        Ok(host)
    } else {
        Err(TargetError::Host(host.to_owned()))
    }
}

/// Accepts digits only, because `u16` would also read `+80`.
fn number(port: &str) -> Result<u16, TargetError> {
    let refused = || TargetError::Port(port.to_owned());
    if !port.bytes().all(|b| b.is_ascii_digit()) {
        return Err(refused());
    }
    match port.parse() {
        Ok(0) | Err(_) => Err(refused()),
        Ok(port) => Ok(port),
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Why a text is not a valid target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The host is missing.
    #[error("the host is missing: write HOST or HOST:PORT")]
    NoHost,
    /// The host contains a character that no name contains, or is too long.
    #[error(
        "a host name has at most {LONGEST_HOST_BYTES} letters, digits, '-', '_' and '.', got {0:?}"
    )]
    Host(String),
    /// The port is not a number in range.
    #[error("the port must be between 1 and 65535, got {0:?}")]
    Port(String),
    /// The text has several colons but is not an IPv6 address.
    #[error("{0:?} is neither HOST:PORT nor an IPv6 address such as ::1 or [::1]:45000")]
    Address(String),
    /// The closing bracket is missing.
    #[error("{0:?} lacks the closing bracket: write [::1] or [::1]:45000")]
    Unclosed(String),
    /// The text after the bracket is not a port.
    #[error("only a port may follow the bracket in {0:?}: write [::1] or [::1]:45000")]
    AfterBracket(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn target(host: &str, port: u16) -> Target {
        Target {
            host: host.to_owned(),
            port,
        }
    }

    #[test]
    fn a_host_alone_takes_the_port_of_the_time_service() {
        for (text, host) in [
            ("localhost", "localhost"),
            ("10.0.0.1", "10.0.0.1"),
            ("::1", "::1"),
            ("[::1]", "::1"),
            ("fe80::1%eth0", "fe80::1%eth0"),
        ] {
            assert_eq!(text.parse(), Ok(target(host, 45_000)), "{text:?}");
        }
    }

    #[test]
    fn a_port_follows_a_name_or_a_bracket() {
        assert_eq!("a.b-c_d:1".parse(), Ok(target("a.b-c_d", 1)));
        assert_eq!("[::1]:65535".parse(), Ok(target("::1", 65_535)));
        assert_eq!("[fe80::1%lo]:80".parse(), Ok(target("fe80::1%lo", 80)));
    }

    #[test]
    fn what_names_no_server_is_refused_with_the_reason() {
        let refused = |text: &str| text.parse::<Target>().unwrap_err();
        assert_eq!(refused(""), TargetError::NoHost);
        assert_eq!(refused(":45000"), TargetError::NoHost);
        for port in ["", "0", "65536", "+80", "-1", "http", "8O"] {
            assert_eq!(
                refused(&format!("h:{port}")),
                TargetError::Port(port.to_owned())
            );
        }
        for text in [
            "::g",
            "1:2:3",
            "http://localhost:45000",
            "[]",
            "[localhost]",
            "::1%",
        ] {
            assert_eq!(refused(text), TargetError::Address(text.to_owned()));
        }
        assert_eq!(refused("[::1"), TargetError::Unclosed("[::1".to_owned()));
        assert_eq!(
            refused("[::1]80"),
            TargetError::AfterBracket("[::1]80".to_owned())
        );
        for host in ["a b", "a/b", "é", "me@host", &"a".repeat(254)] {
            assert_eq!(refused(host), TargetError::Host(host.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn a_target_reads_back_what_it_writes(
            host in "[a-z0-9._-]{1,40}|([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}",
            port in 1_u16..,
        ) {
            let target = target(&host, port);
            prop_assert_eq!(target.to_string().parse(), Ok(target));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,20}|[\\[\\]:%.0-9a-f]{0,20}") {
            let _either = text.parse::<Target>();
        }
    }
}
