//! The end before its time: what was found until then is still told.

use std::process;

use super::screen::Screen;
use crate::base::Stop;

/// Interrupted, as shells count: 128 and the number of the signal.
pub(crate) const INTERRUPTED: u8 = 130;

/// Ends the run at the first signal, and the program at the second.
#[expect(clippy::exit, reason = "whoever signals twice wants no more of it")]
pub(crate) fn stop_on_signals(stop: &Stop, screen: &Screen) -> Result<(), ctrlc::Error> {
    let (stop, screen) = (stop.clone(), screen.clone());
    ctrlc::set_handler(move || {
        if stop.is_requested() {
            screen.clear();
            process::exit(INTERRUPTED.into());
        }
        stop.request();
    })
}
