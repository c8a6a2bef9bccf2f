//! The synchronisation primitives of queue and slots: the real ones, or those of the model checker.
//!
//! Only tests use the checker's: a program built with the feature is identical to one without it.

#[cfg(all(test, feature = "model"))]
mod model;

#[cfg(not(all(test, feature = "model")))]
mod primitives {
    use std::time::Instant;

    pub(crate) use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
    pub(crate) use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
    pub(crate) use std::thread::{Thread, current, park};

    pub(crate) fn now() -> Instant {
        Instant::now()
    }
}

#[cfg(all(test, feature = "model"))]
mod primitives {
    pub(crate) use super::model::{Receiver, Sender, TrySendError, bounded, now};
    pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
    pub(crate) use shuttle::sync::{Arc, Mutex, MutexGuard, PoisonError};
    pub(crate) use shuttle::thread::{Thread, current, park};
}

pub(crate) use primitives::*;
