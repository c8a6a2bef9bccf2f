//! The part of what the tests share that needs no cargo.

#![allow(unreachable_pub)]

#[path = "../support/waiting.rs"]
mod waiting;

pub(crate) use self::waiting::{PATIENCE, await_that, millis};
