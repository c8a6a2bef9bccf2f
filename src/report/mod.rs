//! What a load test found, for people and for programs. Nothing here measures or opens a socket.

pub mod figures;
mod headline;
pub mod html;
pub mod plot;
