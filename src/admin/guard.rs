//! Whom a browser may be made to speak for: nobody but the page from this very port.
//!
//! The port trusts whoever reaches it, and a browser on this machine does, whatever page it shows. A page
//! from elsewhere may send requests here, and by a name of its own that leads to this address it may
//! even read the answers. So a request names this port by address, as `localhost`, or by whatever name
//! where others than this machine may reach it; and one that changes something is such as a page from
//! elsewhere cannot send unasked.

use std::net::{IpAddr, SocketAddr};

use super::request::Request;
use super::response::Response;

/// By which names the port may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// By address, and as `localhost`.
    OfThisMachine,
    /// By any.
    Any,
}

/// Holds whoever sent a request to the names of the port.
///
/// # Errors
///
/// The answer to one who calls it by another.
pub fn check_host(request: &Request<'_>, names: Names) -> Result<(), Response> {
    match request.host {
        Some(host) if names == Names::OfThisMachine && !is_of_this_machine(host) => {
            let reason =
                "this port is called by its address or localhost, unless admin-public is true";
            Err(Response::error(421, reason))
        }
        _ => Ok(()),
    }
}

/// Holds one that would change something to what no page from elsewhere can send.
///
/// # Errors
///
/// The answer to what such a page might have sent.
pub fn check_change(request: &Request<'_>) -> Result<(), Response> {
    // A page from elsewhere has to ask for leave before it sends this type, and is given none.
    let (kind, _) = request
        .content_type
        .split_once(';')
        .unwrap_or((request.content_type, ""));
    if !kind.trim().eq_ignore_ascii_case("application/json") {
        let reason = "Content-Type must be application/json";
        return Err(Response::error(415, reason));
    }
    match (request.origin, request.host) {
        (None, _) => Ok(()),
        (Some(origin), Some(host)) if origin.strip_prefix("http://") == Some(host) => Ok(()),
        (Some(_), _) => Err(Response::error(
            403,
            "changes are not taken from other pages",
        )),
    }
}

fn is_of_this_machine(host: &str) -> bool {
    let is_address = host.parse::<SocketAddr>().is_ok() || host.parse::<IpAddr>().is_ok();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let bracketed = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    is_address
        || name.parse::<IpAddr>().is_ok()
        || bracketed.is_some_and(|address| address.parse::<IpAddr>().is_ok())
        || name.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::request::{Parsed, parse};

    #[track_caller]
    fn answers(fields: &str) -> [Option<u16>; 2] {
        // The older version, which need not name a host.
        let text = format!("POST /workers HTTP/1.0\r\n{fields}\r\n");
        let Parsed::Whole(request, _) = parse(text.as_bytes()) else {
            panic!("{text:?} is not whole");
        };
        let status = |checked: Result<(), Response>| checked.err().map(|it| it.status());
        [
            status(check_host(&request, Names::OfThisMachine)),
            status(check_change(&request)),
        ]
    }

    #[test]
    fn the_port_is_called_by_address_or_localhost_and_by_no_other_name() {
        for host in [
            "127.0.0.1:45001",
            "127.0.0.1",
            "[::1]:45001",
            "[::1]",
            "localhost",
            "LOCALHOST:45001",
        ] {
            assert_eq!(answers(&format!("Host: {host}\r\n"))[0], None, "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:45001",
            "localhost.evil.example",
            "",
        ] {
            assert_eq!(
                answers(&format!("Host: {host}\r\n"))[0],
                Some(421),
                "{host}"
            );
        }
        assert_eq!(answers("")[0], None, "who names none is no browser");
    }

    #[test]
    fn a_page_from_elsewhere_changes_nothing() {
        let json = "Host: localhost:1\r\nContent-Type: application/json; charset=utf-8\r\n";
        assert_eq!(answers(json)[1], None);
        let own = format!("{json}Origin: http://localhost:1\r\n");
        assert_eq!(answers(&own)[1], None);
        for origin in [
            "http://evil.example",
            "null",
            "https://localhost:1",
            "http://localhost",
        ] {
            let other = format!("{json}Origin: {origin}\r\n");
            assert_eq!(answers(&other)[1], Some(403), "{origin}");
        }
        for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
            let fields = format!("Host: localhost:1\r\nContent-Type: {kind}\r\n");
            assert_eq!(answers(&fields)[1], Some(415), "{kind}");
        }
    }
}
