//! What a load test found, for people and for programs. Nothing here measures or opens a socket.

pub mod diff;
pub mod figures;
pub mod slo;
