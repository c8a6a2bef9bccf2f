//! The worker pool: worker threads, their state slots, and the end of sessions.

mod connection;
mod linger;
mod session;
mod shared;
mod slot;
mod slots;
mod termination;
mod threads;
mod worker;
mod workers;

pub(super) use self::linger::LingeringCloses;
pub(super) use self::shared::Shared;
pub(super) use self::slot::{Slot, SlotState};
pub(super) use self::slots::Slots;
pub(super) use self::termination::Termination;
pub(super) use self::threads::{Refused, WorkerThreads};
pub use self::workers::ResizeError;
pub(super) use self::workers::Workers;
