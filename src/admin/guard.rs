//! The guard against requests that a page from another origin makes a browser send.
//!
//! The port trusts every client that can connect, including a browser on this machine that shows any page. A
//! page from another origin can send requests. With its own name resolved to this address (DNS rebinding) it
//! can also read the answers. A request must therefore name this port by address or as `localhost`. Any name
//! is accepted where other machines may reach the port. A request for a change must have a form that a page
//! from another origin cannot send without permission.

use std::net::{IpAddr, SocketAddr};

use super::request::Request;
use super::response::Response;

/// The host names that a request may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// An IP address or `localhost`.
    OfThisMachine,
    /// Any name.
    Any,
}

/// Checks that the request's host is one of the allowed names.
///
/// # Errors
///
/// The response to a request with another name.
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

/// Checks that a request for a change cannot come from a page of another origin.
///
/// # Errors
///
/// The response to a request that such a page could have sent.
pub fn check_change(request: &Request<'_>) -> Result<(), Response> {
    // For this type a browser asks permission first (CORS preflight), which this port never grants.
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
        // HTTP/1.0, where `Host` is optional.
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
