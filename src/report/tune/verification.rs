//! The verification of a verdict: measurements of fresh runs beside their predictions.

use super::findings::{Line, Weight};
use super::words::{count, counted, list, percent, percents, rate, rates, seconds};
use crate::tune::{
    Met, Predicted, Prediction, Tuning, TuningEnd, Verification, VerificationOutcome,
};

/// The difference below which figures are called equal.
const EQUAL: f64 = 0.005;

/// The reference of a comparison.
const THAN: &str = " than predicted";

/// Whether fresh runs matched the predictions.
pub(super) fn line(tuning: &Tuning) -> Line {
    let Some(verification) = &tuning.verification else {
        return untested(tuning);
    };
    let tested = || {
        verification
            .predictions
            .iter()
            .filter(|it| it.holds.is_some())
    };
    match verification.outcome {
        VerificationOutcome::Untested => untested(tuning),
        VerificationOutcome::Confirmed => {
            Line::new(Weight::Good, "CONFIRMED", confirmed(tuning, verification))
        }
        VerificationOutcome::Refuted => {
            let broken = tested().filter(|prediction| prediction.holds == Some(false));
            let before = verification.replaced.as_deref();
            let before = before.and_then(|verdict| verdict.choice());
            let before = before.map(|choice| counted(choice.candidate.workers, "worker"));
            let broken = broken.map(|it| broken_by(it, before.as_deref().unwrap_or("the verdict")));
            let broken: Vec<String> = broken.collect();
            let before = before.map(|workers| format!(", {workers},"));
            let held = tested().filter(|prediction| prediction.holds == Some(true));
            let held: Vec<_> = held.map(|it| count(it.candidate.workers)).collect();
            let held = match held.as_slice() {
                [] => String::new(),
                some => format!("; {}", within(some)),
            };
            let said = format!(
                "{}{held}. What was to run before{} is replaced by what is said here, which takes the fresh runs \
                 in and was not tested again: run it once more, on a quieter machine if there is one",
                broken.join("; "),
                before.unwrap_or_default()
            );
            Line::new(Weight::Bad, "REFUTED", said)
        }
    }
}

fn untested(tuning: &Tuning) -> Line {
    if let Some(torn) = own(tuning).filter(|it| is_torn(it)) {
        let said = format!(
            "fresh runs do not tell whether it meets the objectives: {} {}",
            fresh(torn, ""),
            came_out(torn)
        );
        return Line::new(Weight::Noted, "untested", said);
    }
    let why = match (&tuning.end, tuning.verdict.choice()) {
        (TuningEnd::Interrupted, _) => "it was interrupted before",
        (TuningEnd::Failed(_), _) => "the server failed before",
        (TuningEnd::Decided | TuningEnd::Spent, None) => "there is nothing to run",
        (TuningEnd::Decided | TuningEnd::Spent, Some(_)) if is_vague(tuning) => {
            "runs lie so far apart that nearly everything would have come true"
        }
        (TuningEnd::Decided | TuningEnd::Spent, Some(_)) => {
            "no fresh run of it could be made and believed"
        }
    };
    let said = format!("not verified: {why}");
    Line::new(Weight::Noted, "untested", said)
}

/// Whether the verdict's prediction held, but was so wide that nearly anything would have.
fn is_vague(tuning: &Tuning) -> bool {
    let own = own(tuning);
    own.is_some_and(|it| it.is_vague() && it.goodput.measured.is_some())
}

/// Whether fresh runs neither meet nor miss the objectives clearly.
fn is_torn(prediction: &Prediction) -> bool {
    prediction.meets && prediction.met.is_some() && prediction.keeps_objectives().is_none()
}

/// The prediction for the verdict.
fn own(tuning: &Tuning) -> Option<&Prediction> {
    let workers = tuning.verdict.choice()?.candidate.workers;
    let mut predictions = tuning.verification.iter().flat_map(|it| &it.predictions);
    predictions.find(|it| it.candidate.workers == workers)
}

/// The fresh runs of the verdict, and that the other predictions held too.
fn confirmed(tuning: &Tuning, verification: &Verification) -> String {
    let verdict = tuning
        .verdict
        .choice()
        .map(|choice| choice.candidate.workers);
    let tested = verification
        .predictions
        .iter()
        .filter(|it| it.holds.is_some());
    let (own, others): (Vec<_>, Vec<_>) =
        tested.partition(|prediction| Some(prediction.candidate.workers) == verdict);
    let workers = others.iter().map(|it| count(it.candidate.workers));
    let workers: Vec<_> = workers.collect();
    // The test of the others is only that they lie within wide predictions.
    let gave = others.iter().filter_map(|it| {
        let than = own.first()?.goodput.measured?;
        let more = it.goodput.measured? / than - 1.0;
        Some(match more {
            same if same.abs() < EQUAL => "as much".to_owned(),
            more if more > 0.0 => format!("{} more", percent(more)),
            less => format!("{} less", percent(-less)),
        })
    });
    let gave: Vec<_> = gave.collect();
    let others = match workers.as_slice() {
        [] => String::new(),
        some => format!("; {}{}", within(some), against(&gave, verdict)),
    };
    match own.first() {
        Some(own) => format!("{} {}{others}", fresh(own, ""), came_out(own)),
        None => format!("by fresh runs{others}"),
    }
}

/// That the figures of these numbers of workers lie in their intervals.
fn within(workers: &[String]) -> String {
    let whose = if workers.len() == 1 {
        "its own"
    } else {
        "theirs"
    };
    format!("{} within {whose}", list(workers))
}

/// By how much fresh runs gave more or less than the fresh runs of the verdict.
fn against(gave: &[String], verdict: Option<usize>) -> String {
    match verdict {
        Some(verdict) if !gave.is_empty() => {
            format!(" (against {}: {})", count(verdict), list(gave))
        }
        _ => String::new(),
    }
}

/// The fresh runs of a prediction, with a phrase that names their candidate.
fn fresh(prediction: &Prediction, of: &str) -> String {
    match prediction.runs {
        1 => format!("a fresh run{of} gave"),
        more => format!("median of {} fresh runs{of}:", count(more)),
    }
}

/// The measured figures of fresh runs, each with its deviation from the prediction.
fn came_out(prediction: &Prediction) -> String {
    let Prediction {
        goodput,
        p99_seconds: p99,
        ..
    } = prediction;
    let measured = goodput.measured.map(rate).unwrap_or_default();
    let p99_measured = p99.measured.and_then(seconds);
    // The reference is written only with the first figure that differs.
    let than = match goodput.error {
        Some(error) if error.abs() >= EQUAL => "",
        _ => THAN,
    };
    let p99 = p99_measured.map(|measured| format!(", p99 {measured}{}", error(p99, than, times)));
    format!(
        "{measured}{}{}{}",
        error(goodput, THAN, rates_of),
        p99.unwrap_or_default(),
        objectives(prediction)
    )
}

/// How many fresh runs met the objectives, if not all of them did.
fn objectives(prediction: &Prediction) -> String {
    match prediction.met {
        Some(Met { met: 0, .. }) => ", objectives missed".to_owned(),
        Some(Met { met, of }) if met < of => {
            format!(", objectives met by {} of {}", count(met), count(of))
        }
        Some(_) | None => String::new(),
    }
}

/// The figures of fresh runs outside their intervals.
fn broken_by(prediction: &Prediction, verdict: &str) -> String {
    let workers = counted(prediction.candidate.workers, "worker");
    let fresh = fresh(prediction, &format!(" of {workers}"));
    let share = prediction.share.as_ref();
    let share = share.filter(|share| share.is_within() == Some(false));
    let share = share.and_then(|share| Some((share.measured?, share)));
    let share = share.map_or_else(String::new, |(measured, share)| {
        let error = error(share, THAN, |it| percents(it.interval));
        format!(", {} of what {verdict} gave{error}", percent(measured))
    });
    format!("{fresh} {}{share}", came_out(prediction))
}

/// Such as ` (2 % less than predicted, within 1 700–1 960)`.
fn error(figure: &Predicted, than: &str, between: fn(&Predicted) -> String) -> String {
    let Some(error) = figure.error else {
        return String::new();
    };
    let off = match error {
        e if e.abs() < EQUAL => "as predicted".to_owned(),
        e if e > 0.0 => format!("{} more{than}", percent(e)),
        e => format!("{} less{than}", percent(-e)),
    };
    let side = if figure.is_within() == Some(false) {
        "outside"
    } else {
        "within"
    };
    format!(" ({off}, {side} {})", between(figure))
}

fn rates_of(figure: &Predicted) -> String {
    rates(figure.interval)
}

/// A range of two times; an equal unit is written once.
pub(super) fn times(figure: &Predicted) -> String {
    let [low, high] = [figure.interval.low, figure.interval.high].map(|it| seconds(it.max(0.0)));
    let (low, high) = (low.unwrap_or_default(), high.unwrap_or_default());
    let unit = |time: &str| time.rsplit(' ').next().unwrap_or_default().to_owned();
    match low.rsplit_once(' ') {
        Some((number, own)) if own == unit(&high) => format!("{number}–{high}"),
        _ => format!("{low} to {high}"),
    }
}
