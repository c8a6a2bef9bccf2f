//! What the integration tests share.
#![allow(unreachable_pub, dead_code)]

pub mod ask;
pub mod scripted;

use std::time::Duration;

/// The limit of every wait in a test; only a failing test reaches it.
pub const PATIENCE: Duration = Duration::from_secs(10);
