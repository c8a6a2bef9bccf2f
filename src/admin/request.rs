//! The parser for requests to the administration port.

use httparse::{EMPTY_HEADER, Header, Status};

use super::method::Method;
use super::response::Response;
use super::target::Target;

/// The most header fields of a request.
const HEADERS_MAX: usize = 64;

/// The longest body: a number of workers in JSON takes a few dozen bytes.
const BODY_MAX: usize = 1024;

/// The longest request, head and body.
pub const REQUEST_MAX: usize = 8 * 1024;

/// A complete request with the header fields that the routes use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    pub(super) method: Method,
    /// The target without its query.
    pub(super) path: &'a str,
    /// The host that the request names; HTTP/1.1 requires it.
    pub(super) host: Option<&'a str>,
    pub(super) origin: Option<&'a str>,
    pub(super) accept: &'a str,
    pub(super) content_type: &'a str,
    pub(super) body: &'a [u8],
}

/// The result of parsing the beginning of the input.
#[derive(Debug, PartialEq, Eq)]
pub enum Parsed<'a> {
    /// The request is incomplete.
    Partial,
    /// A complete request and its length in bytes.
    Whole(Request<'a>, usize),
    /// Input that cannot become a request, with the answer to it.
    Bad(Response),
}

/// Parses a request at the beginning of the input.
pub fn parse(input: &[u8]) -> Parsed<'_> {
    let mut headers = [EMPTY_HEADER; HEADERS_MAX];
    let mut head = httparse::Request::new(&mut headers);
    let head_bytes = match head.parse(input) {
        Ok(Status::Complete(bytes)) => bytes,
        Ok(Status::Partial) if input.len() >= REQUEST_MAX => {
            return bad(431, format!("a request has at most {REQUEST_MAX} bytes"));
        }
        Ok(Status::Partial) => return Parsed::Partial,
        Err(err) => return Parsed::Bad(no_request(err)),
    };
    let body_bytes = match body_length(head.headers) {
        Ok(bytes) => bytes,
        Err(rejection) => return Parsed::Bad(rejection),
    };
    let end = head_bytes + body_bytes;
    if end > REQUEST_MAX {
        return bad(431, format!("a request has at most {REQUEST_MAX} bytes"));
    }
    let Some(body) = input.get(head_bytes..end) else {
        return Parsed::Partial;
    };
    match request(&head, body) {
        Ok(request) => Parsed::Whole(request, end),
        Err(rejection) => Parsed::Bad(rejection),
    }
}

/// Builds the request from a complete head and body.
fn request<'a>(head: &httparse::Request<'_, 'a>, body: &'a [u8]) -> Result<Request<'a>, Response> {
    let once = ["host", "origin", "content-type"].map(|name| once(head.headers, name));
    let [Ok(host), Ok(origin), Ok(content_type)] = once else {
        let reason = "Host, Origin and Content-Type must be text, and none may come twice";
        return Err(Response::error(400, reason));
    };
    // Version 1 is HTTP/1.1, which requires `Host`: RFC 9112, section 3.2.
    if head.version == Some(1) && host.is_none() {
        return Err(Response::error(400, "a request of HTTP/1.1 has a Host"));
    }
    let Ok(target) = Target::of(head.path.unwrap_or_default()) else {
        let reason = "the target must name a host, and neither user nor password";
        return Err(Response::error(400, reason));
    };
    Ok(Request {
        method: match head.method {
            Some("GET") => Method::Get,
            Some("HEAD") => Method::Head,
            Some("POST") => Method::Post,
            _ => Method::Other,
        },
        path: target.path,
        host: target.host.or(host),
        origin,
        accept: field(head.headers, "accept").unwrap_or_default(),
        content_type: content_type.unwrap_or_default(),
        body,
    })
}

/// The answer to a head that cannot be parsed.
fn no_request(err: httparse::Error) -> Response {
    match err {
        httparse::Error::TooManyHeaders => {
            let reason = format!("a request has at most {HEADERS_MAX} header fields");
            Response::error(431, reason)
        }
        httparse::Error::Version => {
            Response::error(505, "the version must be HTTP/1.0 or HTTP/1.1")
        }
        err => Response::error(400, format!("not an HTTP request: {err}")),
    }
}

/// The length of the body. Two lengths, or one that is not reliable, would allow request smuggling past
/// a proxy.
fn body_length(headers: &[Header<'_>]) -> Result<usize, Response> {
    let named = |header: &Header<'_>, name| header.name.eq_ignore_ascii_case(name);
    if (headers.iter()).any(|header| named(header, "transfer-encoding")) {
        let reason = "a body must be sent with Content-Length, not Transfer-Encoding";
        return Err(Response::error(411, reason));
    }
    let mut lengths = (headers.iter()).filter(|header| named(header, "content-length"));
    let Some(length) = lengths.next() else {
        return Ok(0);
    };
    let text = std::str::from_utf8(length.value).unwrap_or_default();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || lengths.next().is_some() {
        return Err(Response::error(400, "Content-Length must be one number"));
    }
    match text.parse() {
        Ok(bytes) if bytes <= BODY_MAX => Ok(bytes),
        _ => {
            let reason = format!("a body has at most {BODY_MAX} bytes");
            Err(Response::error(413, reason))
        }
    }
}

/// The value of a header field that a check depends on, if the field is present. A repeated field or one
/// that is not text is an error, because its meaning is ambiguous.
fn once<'a>(headers: &[Header<'a>], name: &str) -> Result<Option<&'a str>, Unclear> {
    let mut named = (headers.iter()).filter(|header| header.name.eq_ignore_ascii_case(name));
    let (first, second) = (named.next(), named.next());
    match (first, second) {
        (None, _) => Ok(None),
        (Some(header), None) => std::str::from_utf8(header.value).map(Some).or(Err(Unclear)),
        (Some(_), Some(_)) => Err(Unclear),
    }
}

/// A header field that is repeated or not text.
struct Unclear;

/// The value of a header field, if it is present and text.
fn field<'a>(headers: &[Header<'a>], name: &str) -> Option<&'a str> {
    let header = headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case(name))?;
    std::str::from_utf8(header.value).ok()
}

fn bad(status: u16, reason: impl Into<String>) -> Parsed<'static> {
    Parsed::Bad(Response::error(status, reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const POST: &[u8] = b"POST /workers?x=1 HTTP/1.1\r\nHost: localhost\r\n\
        Content-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"workers\": 8}";

    fn status(input: &[u8]) -> Option<u16> {
        match parse(input) {
            Parsed::Bad(rejection) => Some(rejection.status()),
            _ => None,
        }
    }

    #[test]
    fn a_request_is_whole_at_its_last_byte_and_not_before() {
        for end in 0..POST.len() {
            assert!(matches!(parse(&POST[..end]), Parsed::Partial), "{end}");
        }
        let more = [POST, b"GET"].concat();
        let Parsed::Whole(request, bytes) = parse(&more) else {
            panic!("not whole");
        };
        assert_eq!(bytes, POST.len());
        assert_eq!((request.method, request.path), (Method::Post, "/workers"));
        assert_eq!(request.body, b"{\"workers\": 8}");
        assert_eq!(request.host, Some("localhost"));
    }

    #[test]
    fn what_cannot_become_a_request_is_told_so_with_the_fitting_code() {
        let head = |fields: &str| format!("POST /workers HTTP/1.1\r\n{fields}\r\n");
        assert_eq!(status(b"TIME\r\n"), Some(400));
        assert_eq!(status(b"GET / HTTP/2.0\r\n\r\n"), Some(505));
        assert_eq!(status(&[b'G'; REQUEST_MAX]), Some(431));
        assert_eq!(status(head(&"a: b\r\n".repeat(65)).as_bytes()), Some(431));
        assert_eq!(
            status(head("Content-Length: 1025\r\n").as_bytes()),
            Some(413)
        );
        assert_eq!(
            status(head("Content-Length: 99999999999999999999\r\n").as_bytes()),
            Some(413)
        );
        assert_eq!(
            status(head("Transfer-Encoding: chunked\r\n").as_bytes()),
            Some(411)
        );
        for length in ["-1", "+1", "1, 1", "", "0x1"] {
            let fields = format!("Content-Length: {length}\r\n");
            assert_eq!(status(head(&fields).as_bytes()), Some(400), "{length:?}");
        }
        for twice in [
            "Content-Length: 1",
            "Host: a",
            "Origin: a",
            "Content-Type: a",
        ] {
            let fields = format!("{twice}\r\n{twice}\r\n");
            assert_eq!(status(head(&fields).as_bytes()), Some(400), "{twice}");
        }
        for (field, code) in [("Host", 400), ("Origin", 400), ("Transfer-Encoding", 411)] {
            let no_text = [b"POST / HTTP/1.1\r\n", field.as_bytes(), b": \xff\r\n\r\n"].concat();
            assert_eq!(status(&no_text), Some(code), "{field}");
        }
    }

    #[test]
    fn whoever_speaks_http_1_1_says_to_whom() {
        assert_eq!(status(b"GET / HTTP/1.1\r\n\r\n"), Some(400));
        assert_eq!(status(b"GET http://localhost/ HTTP/1.1\r\n\r\n"), Some(400));
        assert_eq!(status(b"GET / HTTP/1.1\r\nHost:\r\n\r\n"), None);
        assert_eq!(status(b"GET / HTTP/1.0\r\n\r\n"), None);
    }

    #[test]
    fn a_target_that_names_a_host_is_believed_and_the_field_is_not() {
        let input = b"GET http://evil.example/status?a HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let Parsed::Whole(request, _) = parse(input) else {
            panic!("not whole");
        };
        assert_eq!(
            (request.host, request.path),
            (Some("evil.example"), "/status")
        );
        let nobody = b"GET http:///status HTTP/1.1\r\nHost: localhost\r\n\r\n";
        assert_eq!(status(nobody), Some(400));
    }

    proptest! {
        #[test]
        fn no_input_panics_and_a_full_buffer_is_always_answered(
            bytes in proptest::collection::vec(any::<u8>(), 0..REQUEST_MAX)
        ) {
            let _ = parse(&bytes);
            let mut full = bytes;
            full.resize(REQUEST_MAX, b'x');
            prop_assert!(!matches!(parse(&full), Parsed::Partial));
        }
    }
}
