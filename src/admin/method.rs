//! The HTTP methods of the administration port.

/// The method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET`.
    Get,
    /// `HEAD`: the answer to `GET` without its body.
    Head,
    /// `POST`, which requests a change.
    Post,
    /// Any other method; every route refuses it.
    Other,
}
