//! What is said of the queue of a verdict: how long it is, what a model and the trials say of those who
//! are refused, and whether it kept its promise when more came than could be served.

use super::alternatives;
use super::findings::{Line, Weight};
use super::headline::TELLING;
use super::words::{counted, rate};
use crate::report::figures::{self, significant, time};
use crate::tune::{Demand, Queueing, Settings, Tuning};

/// The queue, and whether it kept its promise when more came than could be served.
pub(super) fn lines(tuning: &Tuning) -> Vec<Line> {
    let Some(queueing) = &tuning.queueing else {
        return Vec::new();
    };
    let mut lines = vec![Line::new(
        Weight::Plain,
        "queue",
        length(queueing, &tuning.settings),
    )];
    lines.push(model(queueing, tuning));
    lines.extend(overload(queueing));
    lines
}

fn length(queueing: &Queueing, settings: &Settings) -> String {
    let Queueing {
        places, allowed, ..
    } = *queueing;
    let allowing = match (settings.wait, settings.limit) {
        (Some(_), _) => "--wait allows",
        (None, Some(_)) => "the objectives leave for it",
        (None, None) => "four sessions take (--wait may allow another)",
    };
    let shorter = if places > allowed {
        format!("; with {} it would be no longer", counted(allowed, "place"))
    } else {
        String::new()
    };
    format!(
        "with {} the last in a full queue waits {}, of {} that {allowing}{shorter}",
        counted(places, "place"),
        time(queueing.longest_wait),
        time(queueing.wait),
    )
}

/// What the model says, and beside it what came out where the trials asked the same.
fn model(queueing: &Queueing, tuning: &Tuning) -> Line {
    let said = format!(
        "at {} the model M/M/c/K would refuse {}, and one in a hundred of the others would wait {} or longer",
        rate(queueing.offered),
        figures::share(queueing.refused),
        time(queueing.p99_wait),
    );
    let choice = tuning.verdict.choice();
    let row = choice.and_then(|choice| alternatives::row(tuning, choice.candidate.workers));
    let refused = row.and_then(|row| row.refused);
    let (Demand::Rate(_), Some(refused)) = (tuning.settings.demand, refused) else {
        return Line::new(Weight::Plain, "", said);
    };
    let (weight, why) = if is_more(refused, queueing.refused) {
        let why = ", so that sessions come or end more unevenly than it takes for granted";
        (Weight::Noted, why)
    } else {
        (Weight::Plain, "")
    };
    let found = figures::share(refused);
    let said = format!("{said}; in the trials {found} were refused{why}");
    Line::new(weight, "", said)
}

/// Whether that many are refused that the model has missed something: twice as many, and not next to none.
fn is_more(measured: f64, expected: f64) -> bool {
    measured > TELLING && measured > 2.0 * expected
}

fn overload(queueing: &Queueing) -> Option<Line> {
    let overload = queueing.overload.as_ref()?;
    let trial = &overload.trial;
    let came = match trial.offered {
        crate::tune::Offered::Rate(rate) => format!("at {} sessions/s", significant(rate)),
        crate::tune::Offered::Clients { clients, .. } => {
            format!("with {}", counted(clients, "client"))
        }
    };
    let (weight, verdict) = if overload.holds {
        (Weight::Good, "within what it may be")
    } else {
        (Weight::Noted, "longer than it may be")
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
