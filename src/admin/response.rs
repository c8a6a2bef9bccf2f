//! HTTP responses and their encoding.

use std::io::Write;

use super::method::Method;

/// The response to a client that is not admitted.
pub(super) const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\nRetry-After: 1\r\n\r\nbusy\n";

/// The page may load and request only from this port.
const PAGE_POLICY: &str = "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; \
    script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// The response to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    status: u16,
    content_type: &'static str,
    /// Additional header fields.
    fields: Vec<(&'static str, &'static str)>,
    body: Vec<u8>,
}

impl Response {
    /// A line of text.
    pub(super) fn text(status: u16, line: &str) -> Self {
        Self {
            status,
            content_type: "text/plain; charset=utf-8",
            fields: Vec::new(),
            body: format!("{line}\n").into(),
        }
    }

    pub(super) fn json(status: u16, body: Vec<u8>) -> Self {
        Self {
            status,
            content_type: "application/json",
            fields: Vec::new(),
            body,
        }
    }

    /// An error as JSON, readable for programs and people.
    pub(super) fn error(status: u16, reason: impl Into<String>) -> Self {
        let body = serde_json::json!({ "error": reason.into() });
        Self::json(status, format!("{body}\n").into())
    }

    pub(super) fn metrics(content_type: &'static str, text: String) -> Self {
        Self {
            status: 200,
            content_type,
            fields: Vec::new(),
            body: text.into(),
        }
    }

    pub(super) fn page(html: &str) -> Self {
        Self {
            status: 200,
            content_type: "text/html; charset=utf-8",
            fields: vec![("Content-Security-Policy", PAGE_POLICY)],
            body: html.into(),
        }
    }

    /// Adds a header field.
    pub(super) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.fields.push((name, value));
        self
    }

    #[cfg(test)]
    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// Appends the response to `to`, without its body for a `HEAD` request.
    pub fn write(&self, method: Method, to: &mut Vec<u8>) {
        let (status, reason) = (self.status, reason(self.status));
        let (kind, length) = (self.content_type, self.body.len());
        // A write to memory cannot fail.
        let _ = write!(
            to,
            "HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: {kind}\r\n\
             Content-Length: {length}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
        );
        for (name, value) in &self.fields {
            let _ = write!(to, "{name}: {value}\r\n");
        }
        to.extend_from_slice(b"\r\n");
        if method != Method::Head {
            to.extend_from_slice(&self.body);
        }
    }
}

/// The reason phrase of a status code: RFC 9110, section 15, and RFC 4918, section 11, for 423.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        423 => "Locked",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "Internal Server Error",
    }
}
