//! How well the machine's clock is kept, by what the kernel has been told.

use serde::{Deserialize, Serialize};

/// How well the clock is kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Discipline {
    /// Whether somebody keeps it, such as an NTP client, and has lately.
    pub synchronised: bool,
    /// How far it is known to be off and about to be slewed, in seconds.
    pub offset_seconds: f64,
    /// How far it may be off at most, in seconds. It grows while nobody keeps the clock.
    pub max_error_seconds: f64,
}

impl Discipline {
    /// What the kernel says of the clock, by `adjtimex(2)`; nothing where there is no such call.
    pub fn of_this_machine() -> Option<Self> {
        #[cfg(target_os = "linux")]
        return linux::read();
        #[cfg(not(target_os = "linux"))]
        None
    }
}

/// The call that no crate wraps.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "adjtimex has no safe wrapper")]
mod linux {
    use std::mem::MaybeUninit;

    use nix::libc;

    use super::Discipline;

    #[expect(clippy::cast_precision_loss, reason = "less than a day in nanoseconds")]
    pub(super) fn read() -> Option<Discipline> {
        let mut timex = MaybeUninit::<libc::timex>::zeroed();
        // SAFETY: the pointer leads to a `timex` that outlives the call. All its fields are integers,
        // for which zero is a value, and in `modes` zero means that nothing is to be changed.
        let state = unsafe { libc::adjtimex(timex.as_mut_ptr()) };
        if state < 0 {
            return None;
        }
        // SAFETY: it was initialised with zeros before the kernel wrote to it.
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
