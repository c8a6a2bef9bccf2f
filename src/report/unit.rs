//! The unit that a run is counted in.

use crate::load::{Measurement, Then};

/// What a run is counted in: sessions, or rounds of a session that stays open.
pub(crate) fn unit(measurement: &Measurement) -> &'static str {
    match measurement.plan.shape.then {
        Then::Quit => "session",
        Then::KeepAlive => "round",
    }
}
