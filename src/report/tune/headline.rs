//! The headline of a tuning: the verdict in one sentence, or why there is none and how to get one.

use super::alternatives;
use super::words::{count, counted, percent, rate, span, uncapitalised};
use crate::base::figures;
use crate::tune::{
    Bottleneck, Choice, Demand, Effort, Reason, SURE, Span, Tuning, TuningEnd, Verdict,
};

/// The refused share above which the headline mentions refusals.
pub(super) const TELLING: f64 = 0.001;

/// The finding in one sentence with its full stop. The other numbers of workers have a sentence of their
/// own.
pub(super) fn sentence(tuning: &Tuning) -> String {
    let said = match &tuning.verdict {
        Verdict::Run(choice) => run(choice, tuning),
        Verdict::Untold { reason, meanwhile } => untold(*reason, meanwhile.as_ref(), tuning),
    };
    match tuning.end {
        TuningEnd::Interrupted => format!("Interrupted: {}", uncapitalised(&said)),
        _ => said,
    }
}

fn run(choice: &Choice, tuning: &Tuning) -> String {
    let candidate = choice.candidate;
    let row = alternatives::row(tuning, candidate.workers);
    let latency = row.and_then(|row| row.latency);
    let p99 = latency.map_or_else(String::new, |latency| {
        format!(" at p99 {}", figures::time(latency.p99))
    });
    let refused = row.and_then(|row| row.refused);
    let refused = refused.filter(|refused| *refused > TELLING);
    let refused = refused.map_or_else(String::new, |refused| {
        format!(", {} refused", figures::share(refused))
    });
    let slo = tuning.settings.slo.as_ref();
    let met = if slo.is_some() && choice.band.meets >= SURE {
        ", objectives met"
    } else {
        ""
    };
    let others = alternatives::sentence(choice, tuning);
    let others = others.map_or_else(String::new, |said| format!(" {said}"));
    format!(
        "Run {} (95 %: {}) with a queue of {}: {}{p99}{refused}{met}.{others}",
        counted(candidate.workers, "worker"),
        span(choice.span),
        count(candidate.queue),
        rate(choice.band.goodput),
    )
}

fn untold(reason: Reason, meanwhile: Option<&Choice>, tuning: &Tuning) -> String {
    let meanwhile = meanwhile.map_or_else(String::new, |choice| {
        let workers = counted(choice.candidate.workers, "worker");
        format!(
            " Until then run {workers} with a queue of {}.",
            count(choice.candidate.queue)
        )
    });
    let (why, remedy) = why(reason, tuning);
    let begun = match reason {
        // Missed objectives are an answer, so the prefix does not apply.
        Reason::Objectives => "",
        _ => "No recommendation: ",
    };
    format!("{begun}{why}. {remedy}.{meanwhile}")
}

/// Why there is no verdict, and how to get one.
fn why(reason: Reason, tuning: &Tuning) -> (String, String) {
    let longer = longer(tuning);
    match reason {
        Reason::TooFew => too_few(tuning, &longer),
        Reason::Noise => {
            let estimate = tuning.estimate.as_ref();
            let spread = estimate.map_or(0.0, |estimate| estimate.spread);
            let answer = estimate.and_then(|estimate| estimate.smallest);
            let answer = answer.filter(|answer| answer.low < answer.high);
            let answer = answer.map_or_else(String::new, |Span { low, high, .. }| {
                format!(
                    ", and the answer may be anything from {} to {}",
                    count(low),
                    count(high)
                )
            });
            let why = format!(
                "runs of the same number differ by {}{answer}",
                percent(spread)
            );
            (why, format!("{longer} or a quieter machine would let it"))
        }
        Reason::NotReached => {
            let most = largest(tuning);
            let why = format!(
                "throughput still rises at {}, the most that were tried",
                counted(most, "worker")
            );
            let clients = match tuning.settings.demand {
                Demand::PerWorker(_) => "",
                Demand::Clients { .. } => " and more --clients",
                Demand::Rate(_) => " and a higher --rate",
            };
            let room = match tuning.diagnosis.bottleneck {
                Bottleneck::Client | Bottleneck::Pacing | Bottleneck::Ports => {
                    ", with more room for the load generator, which is the bottleneck,"
                }
                Bottleneck::SharedCores => ", with the load generator on another machine,",
                _ => "",
            };
            let remedy = format!("A larger --max-workers{clients}{room} would let it");
            (why, remedy)
        }
        Reason::Undecided => {
            let (most, slo) = asked(tuning);
            let feasible = tuning.estimate.as_ref().map_or(0.5, |it| it.feasible);
            let why = format!(
                "not even whether any number up to {most} meets {slo}, which is {} likely",
                percent(feasible)
            );
            let remedy = "a quieter machine or a relaxed --slo would let it";
            (why, format!("{longer}, {remedy}"))
        }
        Reason::Objectives => {
            let (most, slo) = asked(tuning);
            let why = format!("No number up to {most} meets {slo}");
            let remedy = "It takes less load or a relaxed --slo";
            (why, remedy.to_owned())
        }
    }
}

fn too_few(tuning: &Tuning, longer: &str) -> (String, String) {
    let all = tuning.trials.len();
    let believed = tuning
        .trials
        .iter()
        .filter(|trial| trial.is_valid())
        .count();
    let doubts = tuning.trials.iter().flat_map(|trial| &trial.doubts);
    let few = match all {
        0 => "nothing was tried".to_owned(),
        1 => "there was only one trial".to_owned(),
        _ => format!("there were only {}", counted(all, "trial")),
    };
    match (&tuning.end, doubts.into_iter().next()) {
        (TuningEnd::Failed(reason), _) => {
            let why = format!("the server did not run: {reason}");
            (why, "One that runs would let it".to_owned())
        }
        (_, Some(doubt)) => {
            let why = format!(
                "of {} only {} can be believed ({doubt})",
                counted(all, "trial"),
                count(believed)
            );
            (why, "A quieter machine would let it".to_owned())
        }
        (TuningEnd::Interrupted, None) => (few, "To run it to its end would let it".to_owned()),
        (_, None) => (few, format!("{longer} would let it")),
    }
}

/// Advice for a longer tuning.
fn longer(tuning: &Tuning) -> String {
    let budget = figures::span(tuning.settings.budget);
    match tuning.settings.effort {
        Effort::Quick => "A full tuning, without --quick,".to_owned(),
        Effort::Full => format!("A longer --budget (it was {budget})"),
    }
}

/// The largest tried number of workers, and the objectives.
fn asked(tuning: &Tuning) -> (String, &str) {
    let slo = tuning.settings.slo.as_deref();
    let most = counted(largest(tuning), "worker");
    (most, slo.unwrap_or("the objectives"))
}

fn largest(tuning: &Tuning) -> usize {
    let tried = tuning.trials.iter().map(|trial| trial.candidate.workers);
    tried.max().unwrap_or(tuning.settings.most_workers)
}

#[cfg(test)]
mod tests;
