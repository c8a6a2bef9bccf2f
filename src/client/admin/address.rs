//! The address of an administration port, as written on a command line.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// The default port.
const PORT: u16 = 45_001;

/// The default host.
const HOST: &str = "127.0.0.1";

/// A domain name has at most this many bytes in the domain name system.
const LONGEST_HOST_BYTES: usize = 253;

/// The address of an administration port; its host name is not resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// `HOST:PORT` or `[IPV6]:PORT`.
    authority: String,
}

/// The error for text that is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "an address is written HOST:PORT, [IPV6]:PORT or PORT, with a port between 1 and 65535, got {0:?}"
)]
pub struct NoAddress(String);

impl Default for Address {
    fn default() -> Self {
        Self::of(HOST, PORT)
    }
}

impl Address {
    fn of(host: &str, port: u16) -> Self {
        Self {
            authority: format!("{host}:{port}"),
        }
    }
}

impl FromStr for Address {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Self, NoAddress> {
        read(text).ok_or_else(|| NoAddress(text.to_owned()))
    }
}

impl From<SocketAddr> for Address {
    fn from(addr: SocketAddr) -> Self {
        Self {
            authority: addr.to_string(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.authority)
    }
}

fn read(text: &str) -> Option<Address> {
    if let Some(port) = number(text) {
        return Some(Address::of(HOST, port));
    }
    if let Ok(ip) = unbracketed(text).parse::<Ipv6Addr>() {
        return Some(Address::of(&format!("[{ip}]"), PORT));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, number(port)?),
        None => (text, PORT),
    };
    let is_bracketed = host.starts_with('[');
    match unbracketed(host).parse::<IpAddr>() {
        Ok(IpAddr::V6(ip)) if is_bracketed => Some(Address::of(&format!("[{ip}]"), port)),
        Ok(IpAddr::V4(_)) | Err(_) if is_name(host) => Some(Address::of(host, port)),
        Ok(_) | Err(_) => None,
    }
}

fn unbracketed(text: &str) -> &str {
    let inner = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    inner.unwrap_or(text)
}

/// Whether the text can be a host name or an IPv4 address; only the resolver knows whether it exists.
fn is_name(host: &str) -> bool {
    let is_fit = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let is_number = host.bytes().all(|b| b.is_ascii_digit());
    !is_number && host.len() <= LONGEST_HOST_BYTES && host.bytes().all(is_fit)
}

/// Accepts digits only, because `u16` would also read `+80`.
fn number(port: &str) -> Option<u16> {
    let is_number = port.bytes().all(|b| b.is_ascii_digit());
    let port = is_number.then(|| port.parse().ok())?;
    port.filter(|port| *port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_has_a_host_and_a_port_and_either_may_go_without_saying() {
        assert_eq!(Address::default().to_string(), "127.0.0.1:45001");
        for (text, read) in [
            ("45001", "127.0.0.1:45001"),
            ("80", "127.0.0.1:80"),
            ("localhost", "localhost:45001"),
            ("time.example:7", "time.example:7"),
            ("10.0.0.1", "10.0.0.1:45001"),
            ("10.0.0.1:65535", "10.0.0.1:65535"),
            ("::1", "[::1]:45001"),
            ("[::1]", "[::1]:45001"),
            ("[0:0::1]:9", "[::1]:9"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), read, "{text:?}");
        }
        let bound = SocketAddr::from((Ipv6Addr::LOCALHOST, 9));
        assert_eq!(Ok(Address::from(bound)), "[::1]:9".parse());
    }

    #[test]
    fn what_is_no_address_is_refused_with_what_is_one() {
        for text in [
            "",
            ":",
            ":45001",
            "0",
            "65536",
            "h:0",
            "h:",
            "h:+80",
            "h:80:80",
            "::1]:9",
            "[::1",
            "[localhost]:9",
            "[10.0.0.1]:9",
            "[fe80::1%lo]:9",
            "http://localhost:45001",
            "me@host:9",
            "a b",
            "h/:9",
            &"a".repeat(254),
        ] {
            let refusal = text.parse::<Address>().unwrap_err().to_string();
            assert!(refusal.contains("HOST:PORT, [IPV6]:PORT or PORT"), "{text}");
            assert!(refusal.ends_with(&format!("got {text:?}")), "{refusal}");
        }
    }

    proptest! {
        #[test]
        fn an_address_reads_back_what_it_writes(text in "[a-z0-9.\\[\\]:_-]{0,20}") {
            if let Ok(address) = text.parse::<Address>() {
                prop_assert_eq!(address.to_string().parse(), Ok(address));
            }
        }

        #[test]
        fn every_address_has_a_place_in_a_url(text in "\\PC{0,20}|[\\[\\]:%.0-9a-f]{0,20}") {
            if let Ok(address) = text.parse::<Address>() {
                let url = format!("http://{address}/status");
                let url: ureq::http::Uri = url.parse().unwrap();
                prop_assert_eq!(url.authority().unwrap().as_str(), address.to_string());
            }
        }
    }
}
