//! The primitives the queue is built on: the real ones, or those of the model checker.

#[cfg(not(feature = "model"))]
mod primitives {
    pub(crate) use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError, bounded};
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    pub(crate) use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
    pub(crate) use std::thread::{Thread, current, park};
}

pub(super) use primitives::*;
