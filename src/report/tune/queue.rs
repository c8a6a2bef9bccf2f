//! The lines about the queue of a verdict: its length, and the wait measured under overload.

use super::findings::{Line, Weight};
use super::words::counted;
use crate::base::figures::{self, significant, time};
use crate::tune::{Offered, Queueing, Settings, Tuning};

/// The queue, and whether the wait stayed within its limit under overload.
pub(super) fn lines(tuning: &Tuning) -> Vec<Line> {
    let Some(queueing) = &tuning.queueing else {
        return Vec::new();
    };
    let mut lines = vec![Line::new(
        Weight::Plain,
        "queue",
        length(queueing, &tuning.settings),
    )];
    lines.extend(overload(queueing));
    lines
}

fn length(queueing: &Queueing, settings: &Settings) -> String {
    let Queueing {
        places, allowed, ..
    } = *queueing;
    let allowing = match (settings.wait, settings.limit) {
        (Some(_), _) => "what --wait allows",
        (None, Some(_)) => "what the objectives leave for it",
        (None, None) => "as long as four sessions take, if --wait does not say otherwise",
    };
    let shorter = if places > allowed {
        format!("; with {} it would be no longer", counted(allowed, "place"))
    } else {
        String::new()
    };
    format!(
        "with {} the last in a full queue waits {}, and may wait {}: {allowing}{shorter}",
        counted(places, "place"),
        time(queueing.longest_wait),
        time(queueing.wait),
    )
}

fn overload(queueing: &Queueing) -> Option<Line> {
    let overload = queueing.overload.as_ref()?;
    let trial = &overload.trial;
    let came = match trial.offered {
        Offered::Rate(rate) => format!("at {} sessions/s", significant(rate)),
        Offered::Clients { clients, .. } => {
            format!("with {}", counted(clients, "client"))
        }
    };
    let (weight, verdict) = if overload.holds {
        (Weight::Good, "no longer than they may")
    } else {
        (Weight::Noted, "longer than they may")
    };
    let more = if trial.refused > 0.0 {
        ", more than can be served"
    } else {
        ""
    };
    let said = format!(
        "put to the test {came}{more}: {} refused, the others waited {} in the mean, {verdict}",
        figures::share(trial.refused),
        time(overload.waited),
    );
    Some(Line::new(weight, "  overload", said))
}
