//! The methods of a request.

/// What a client wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// To be shown something.
    Get,
    /// The same without the body.
    Head,
    /// A change.
    Post,
    /// Something that is never done here.
    Other,
}
