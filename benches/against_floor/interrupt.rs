//! Whether the run was told to stop, so that it ends by returning and takes its children along.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

// Relaxed is enough: the flag publishes nothing but itself.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Turns the signals that would end this process into an error at the next [`check`].
pub(crate) fn watch() -> io::Result<()> {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed)).map_err(io::Error::other)
}

/// Fails once the run was told to stop.
pub(crate) fn check() -> io::Result<()> {
    if INTERRUPTED.load(Ordering::Relaxed) {
        // Not `ErrorKind::Interrupted`, which invites a retry.
        return Err(io::Error::other("interrupted"));
    }
    Ok(())
}
