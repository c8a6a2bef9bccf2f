//! The table of all settings of a tuning, starting with the ones needed to repeat it.

use crate::base::duration;
use crate::base::figures::{significant, time};
use crate::report::html::moment;
use crate::report::html::parts::{NOTHING, Setting};
use crate::report::tune::method;
use crate::report::tune::origin::Origin;
use crate::report::tune::words::count;
use crate::tune::{Effort, Tuning};

/// All settings.
pub(super) fn settings(tuning: &Tuning, origin: &Origin) -> Vec<Setting> {
    let (settings, calibration) = (&tuning.settings, &tuning.calibration);
    let none = || NOTHING.to_owned();
    let command = Setting {
        name: "command",
        value: origin.place.command.clone(),
        is_code: true,
    };
    let effort = match settings.effort {
        Effort::Full => "full",
        Effort::Quick => "quick",
    };
    let machine = if calibration.shares_machine {
        "shared by server and load generator"
    } else {
        "of the server alone"
    };
    let ceiling = calibration
        .ceiling
        .map(|it| format!("{} sessions/s", significant(it)));
    let others = [
        ("load", method::demand(tuning)),
        ("objectives", settings.slo.clone().unwrap_or_else(none)),
        (
            "longest wait allowed",
            settings.wait.map_or_else(none, time),
        ),
        ("most workers", count(settings.most_workers)),
        (
            "budget",
            format!("{} ({effort})", duration::text(settings.budget)),
        ),
        ("seed", settings.seed.to_string()),
        ("begun", moment(origin.begin)),
        ("cores", format!("{}, {machine}", count(calibration.cores))),
        ("kernel", origin.place.kernel.clone()),
        ("version", origin.place.program.clone()),
        ("ceiling of the generator", ceiling.unwrap_or_else(none)),
        ("a trial besides measuring", time(calibration.overhead)),
        ("calibration took", time(calibration.took)),
    ];
    let others = others.into_iter().map(|(name, value)| Setting {
        name,
        value,
        is_code: false,
    });
    [command].into_iter().chain(others).collect()
}
