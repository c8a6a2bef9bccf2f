//! The synchronisation state of the machine's clock, as reported by the kernel.

use serde::{Deserialize, Serialize};

/// The synchronisation state of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Discipline {
    /// Whether a program such as an NTP client keeps the clock synchronised.
    pub synchronised: bool,
    /// The known offset that the kernel is still correcting (slewing), in seconds.
    pub offset_seconds: f64,
    /// The largest possible error, in seconds. It grows while the clock is not synchronised.
    pub max_error_seconds: f64,
}

impl Discipline {
    /// Reads the state with `adjtimex(2)`; `None` on systems without that call.
    pub fn of_this_machine() -> Option<Self> {
        #[cfg(target_os = "linux")]
        return linux::read();
        #[cfg(not(target_os = "linux"))]
        None
    }
}

/// The `adjtimex` call, which no crate wraps.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "adjtimex has no safe wrapper")]
mod linux {
    use std::mem::MaybeUninit;

    use nix::libc;

    use super::Discipline;

    #[expect(clippy::cast_precision_loss, reason = "less than a day in nanoseconds")]
    pub(super) fn read() -> Option<Discipline> {
        let mut timex = MaybeUninit::<libc::timex>::zeroed();
        // SAFETY: the pointer leads to a `timex` that outlives the call. All its fields are integers, so
        // zero is valid. Zero in `modes` means that the call changes nothing.
        let state = unsafe { libc::adjtimex(timex.as_mut_ptr()) };
        if state < 0 {
            return None;
        }
        // SAFETY: the value was initialised with zeros before the kernel wrote to it.
        let timex = unsafe { timex.assume_init() };
        let unit = if timex.status & libc::STA_NANO == 0 {
            1e-6
        } else {
            1e-9
        };
        Some(Discipline {
            synchronised: state != libc::TIME_ERROR && timex.status & libc::STA_UNSYNC == 0,
            offset_seconds: timex.offset as f64 * unit,
            max_error_seconds: timex.maxerror as f64 * 1e-6,
        })
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn linux_says_how_well_the_clock_is_kept() {
        let discipline = Discipline::of_this_machine().expect("adjtimex is allowed to all");
        assert!(discipline.offset_seconds.abs() <= 0.5, "{discipline:?}");
        assert!(discipline.max_error_seconds >= 0.0, "{discipline:?}");
    }
}
