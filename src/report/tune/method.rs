//! The method behind a verdict in a few lines: the trials, the laws, the machine, the load generator.

use super::findings::{Line, Weight};
use super::words::{counted, percent};
use crate::base::figures::{significant, span, time};
use crate::tune::{Demand, Drift, Effort, Estimate, Fit, Tuning, TuningEnd};

/// The part of its ceiling above which the load generator itself is measured.
const NEAR_CEILING: f64 = 0.7;

/// The spread of single runs above which a machine counts as noisy.
const RESTLESS: f64 = 0.1;

/// The weight below which a law is negligible.
const SLIGHT: f64 = 0.01;

/// A few lines about the method.
pub(super) fn lines(tuning: &Tuning) -> Vec<Line> {
    let plain = |label, said| Line::new(Weight::Plain, label, said);
    let mut lines = vec![
        plain("load", demand(tuning)),
        plain("trials", trials(tuning)),
    ];
    lines.extend(doubts(tuning));
    if let Some(estimate) = &tuning.estimate {
        lines.push(plain("law", laws(estimate)));
        lines.push(noise(estimate));
    }
    lines.extend(client(tuning));
    lines.extend(given_up(tuning));
    if let TuningEnd::Failed(reason) = &tuning.end {
        let said = format!("the server, in the end: {reason}");
        lines.push(Line::new(Weight::Bad, "failed", said));
    }
    lines
}

/// The arrival of clients, and the time one of them keeps a worker.
pub(super) fn demand(tuning: &Tuning) -> String {
    let came = match tuning.settings.demand {
        Demand::PerWorker(clients) => {
            format!(
                "{} for each worker, each back at once, as many as keep it busy (--clients or --rate \
                 says how many there are)",
                counted(clients, "client")
            )
        }
        Demand::Clients { clients, think } if think.is_zero() => {
            format!("{}, each back at once", counted(clients, "client"))
        }
        Demand::Clients { clients, think } => {
            format!(
                "{}, each back after {}",
                counted(clients, "client"),
                time(think)
            )
        }
        Demand::Rate(rate) => format!(
            "{} sessions/s at random, whether or not earlier ones have ended",
            significant(rate)
        ),
    };
    let service = tuning.calibration.service;
    let slo = tuning.settings.slo.as_ref();
    let slo = slo.map_or_else(String::new, |slo| format!("; held to {slo}"));
    format!(
        "{came}; a session alone keeps a worker {} (squared coefficient of variation {}){slo}",
        time(service.mean),
        significant(service.variability)
    )
}

/// The number of trials, their duration, and why the tuning ended.
pub(super) fn trials(tuning: &Tuning) -> String {
    let last = tuning.trials.last();
    let took = last.map_or(tuning.calibration.took, |last| {
        last.began.saturating_add(last.took)
    });
    let end = match &tuning.end {
        TuningEnd::Decided => "the search stopped at 95 %",
        TuningEnd::Spent => "the time was spent",
        TuningEnd::Interrupted => "interrupted",
        TuningEnd::Failed(_) => "the server failed",
    };
    let lengths = tuning.trials.iter().map(|trial| trial.length);
    let of = lengths
        .min()
        .map_or_else(String::new, |least| format!(" of {} or more", span(least)));
    format!(
        "{}{of}, in random order, in {} of {}: {end}",
        counted(tuning.trials.len(), "trial"),
        span(took),
        span(tuning.settings.budget),
    )
}

/// The number of invalid trials, and why the first is invalid.
pub(super) fn doubts(tuning: &Tuning) -> Option<Line> {
    let doubted = tuning.trials.iter().filter(|trial| !trial.is_valid());
    let first = doubted.clone().flat_map(|trial| &trial.doubts).next()?;
    let said = format!(
        "{} left out, not to be believed: {first}",
        counted(doubted.count(), "trial")
    );
    Some(Line::new(Weight::Noted, "  doubted", said))
}

/// The laws that explain the trials, with their weights and an explanation of the weights.
pub(super) fn laws(estimate: &Estimate) -> String {
    let weights = weights(estimate);
    format!("{weights} (Akaike weights of the laws that throughput may follow)")
}

/// The laws that explain the trials, with their weights.
pub(super) fn weights(estimate: &Estimate) -> String {
    let fits = estimate.contest.fits.iter();
    let told = fits.filter(|fit| fit.weight >= SLIGHT);
    let told = told.map(|fit: &Fit| format!("{} {}", fit.law.name(), percent(fit.weight)));
    let told: Vec<String> = told.collect();
    told.join(", ")
}

/// The spread of single runs, and whether the machine changed.
pub(super) fn noise(estimate: &Estimate) -> Line {
    let is_drifting = estimate.drift.is_some_and(|drift| drift.is_found());
    let weight = if estimate.spread > RESTLESS || is_drifting {
        Weight::Noted
    } else {
        Weight::Plain
    };
    let drift = estimate.drift.map_or_else(
        || "too few runs to see a drift".to_owned(),
        |drift| self::drift(&drift),
    );
    let said = format!(
        "runs of the same candidate differ by {} (standard deviation); {drift}",
        percent(estimate.spread)
    );
    Line::new(weight, "noise", said)
}

/// How the machine changed during the tuning.
pub(super) fn drift(drift: &Drift) -> String {
    let [low, high] = [drift.interval.low, drift.interval.high].map(|it| it * 100.0);
    let range = format!("{low:+.1} to {high:+.1} % a minute");
    if drift.is_found() {
        format!("the machine drifted by {range}, which is taken out")
    } else {
        format!("no drift to be seen ({range})")
    }
}

/// The ceiling of the load generator, and the load it produced; none without valid trials.
pub(super) fn client(tuning: &Tuning) -> Option<Line> {
    let valid = || tuning.trials.iter().filter(|trial| trial.is_valid());
    valid().next()?;
    let most = valid().map(|trial| trial.goodput).fold(0.0, f64::max);
    let busiest = valid()
        .map(|trial| trial.evidence.client_busy)
        .fold(0.0, f64::max);
    let share = valid()
        .filter_map(|trial| trial.evidence.client_cpu)
        .fold(0.0, f64::max);
    let own = format!(
        "its busiest thread took up to {} of its time, all up to {} of the machine's",
        percent(busiest),
        percent(share)
    );
    Some(match tuning.calibration.ceiling {
        Some(ceiling) if ceiling > 0.0 => {
            let part = most / ceiling;
            let weight = if part > NEAR_CEILING {
                Weight::Noted
            } else {
                Weight::Plain
            };
            let limited = match weight {
                Weight::Noted => ", so that the load generator may be what was measured",
                _ => "",
            };
            let said = format!(
                "{own}; it reached {}/s, and {}/s before against a server that does nothing{limited}",
                significant(most),
                significant(ceiling)
            );
            Line::new(weight, "generator", said)
        }
        _ => Line::new(Weight::Plain, "generator", own),
    })
}

/// The parts skipped to save time.
pub(super) fn given_up(tuning: &Tuning) -> Option<Line> {
    (tuning.settings.effort == Effort::Quick).then(|| {
        let said =
            "given up: latency against load, and longer trials, without which intervals are wider";
        Line::new(Weight::Noted, "--quick", said.to_owned())
    })
}
