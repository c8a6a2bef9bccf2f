//! The unit in which a run is counted.

use crate::load::{Measurement, Then};

/// The unit of a run: sessions, or rounds of a session that stays open.
pub(crate) fn unit(measurement: &Measurement) -> &'static str {
    match measurement.plan.shape.then {
        Then::Quit => "session",
        Then::KeepAlive => "round",
    }
}
