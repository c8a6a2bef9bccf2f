//! What a full queue means.

use super::value::Named;

/// What becomes of a connection when the queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overload {
    /// It is refused at once.
    Refuse,
    /// It waits in the kernel's backlog.
    Wait,
}

impl Named for Overload {
    const NAMES: &'static [(&'static str, Self)] =
        &[("refuse", Self::Refuse), ("wait", Self::Wait)];
}
