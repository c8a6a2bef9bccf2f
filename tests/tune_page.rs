//! The page of a tuning in a real browser: it asks nobody for anything, and every plot shows in either
//! theme.

mod support;

#[path = "../src/base/statistics/normal.rs"]
#[expect(dead_code, reason = "what the tuner needs besides")]
mod normal;
/// A made-up tuning, and the server it is of: those of the tests beside the tuner.
#[path = "../src/tune/sample.rs"]
mod sample;
#[path = "../src/tune/simulated.rs"]
#[allow(clippy::cast_precision_loss, reason = "as in the tests of the library")]
mod simulated;

/// Where the tuner's tests look for it.
mod base {
    pub(crate) mod statistics {
        pub(crate) use crate::normal::normal;
    }
}

use std::time::Duration;

use jamd::base::Stop;
use jamd::load::Place;
use jamd::report::tune::{Origin, Subject, html};
use jamd::tune::{
    Calibration, Demand, Effort, Evidence, Latency, Offered, Service, Settings, Split, Target,
    TargetError, Trial, TrialRequest, Tuning, tune,
};

use support::headless::{assert_asks_nobody, assert_dark_by_night, assert_every_plot_shows};

/// The plots of a tuning that had time for everything.
const PLOTS: usize = 2;

#[test]
#[ignore = "needs chromium"]
fn the_page_asks_nobody_for_anything_and_has_nothing_to_complain_of() {
    assert_asks_nobody(&page());
}

#[test]
#[ignore = "needs chromium"]
fn every_plot_is_seen_by_day_and_by_night_and_on_a_phone() {
    assert_every_plot_shows(&page(), PLOTS);
}

#[test]
#[ignore = "needs chromium"]
fn the_page_is_dark_where_the_reader_wants_it_dark() {
    assert_dark_by_night(&page());
}

fn page() -> String {
    let origin = Origin {
        subject: Subject::Own,
        place: Place {
            command: "jamd tune --slo <figures>".to_owned(),
            ..Place::default()
        },
        begin: Duration::from_secs(1_790_000_000),
    };
    html::page(&sample::tuning(7), &origin)
}
