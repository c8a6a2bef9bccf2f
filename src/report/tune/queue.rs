//! What is said of the queue of a verdict: how long it is, what a model and the trials say of those who
//! are refused, and whether it kept its promise when more came than could be served.

use super::findings::{Line, Weight};
use super::headline::TELLING;
use super::words::{counted, rate};
use crate::base::figures::{self, significant, time};
use crate::tune::{Offered, Queueing, Settings, Tuning};

/// How far a rate that was tried may be from the one that is spoken of, as a share of that.
const NEAR: f64 = 0.15;

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

/// What the model says, and beside it what came out where as many came in a trial.
fn model(queueing: &Queueing, tuning: &Tuning) -> Line {
    let waits = if queueing.p99_wait.is_zero() {
        "fewer than one in a hundred of the others would wait at all".to_owned()
    } else {
        let wait = time(queueing.p99_wait);
        format!("one in a hundred of the others would wait {wait} or longer")
    };
    let said = format!(
        "at {} the model M/M/c/K would refuse {}, and {waits}",
        rate(queueing.offered),
        figures::share(queueing.refused),
    );
    let Some((offered, refused)) = tried(queueing.offered, tuning) else {
        return Line::new(Weight::Plain, "", said);
    };
    let (weight, why) = if is_more(refused, queueing.refused) {
        let why =
            "; believe the trial: the model knows nothing of what sessions take from each other";
        (Weight::Noted, why)
    } else {
        (Weight::Plain, "")
    };
    let came = format!(
        "{} refused when {} came in a trial",
        figures::share(refused),
        rate(offered)
    );
    Line::new(weight, "", format!("{said}; {came}{why}"))
}

/// At which rate next to this one sessions came at random to the verdict, and the share that was refused:
/// the mean, if that was tried more than once.
fn tried(offered: f64, tuning: &Tuning) -> Option<(f64, f64)> {
    let verdict = tuning.verdict.choice()?.candidate;
    let trials = tuning.trials.iter().filter(|trial| trial.is_valid());
    let trials = trials.filter(|trial| trial.candidate == verdict);
    let rates = trials.filter_map(|trial| match trial.offered {
        Offered::Rate(rate) => Some((rate, trial.refused)),
        Offered::Clients { .. } => None,
    });
    let off = |rate: f64| (rate / offered - 1.0).abs();
    let rates: Vec<(f64, f64)> = rates.filter(|(rate, _)| off(*rate) <= NEAR).collect();
    let nearest = rates.iter().map(|(rate, _)| *rate);
    let nearest = nearest.min_by(|a, b| off(*a).total_cmp(&off(*b)))?;
    let refused = rates.iter().filter(|(rate, _)| off(*rate) <= off(nearest));
    let (refused, trials) = refused.fold((0.0, 0.0), |(sum, trials), (_, refused)| {
        (sum + refused, trials + 1.0)
    });
    Some((nearest, refused / trials))
}

/// Whether that many are refused that the model has missed something: twice as many, and not next to none.
fn is_more(measured: f64, expected: f64) -> bool {
    measured > TELLING && measured > 2.0 * expected
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
