//! The headline of a measurement: one sentence, and the reservations before it.

use super::conditions;
use super::unit::unit;
use crate::base::figures::{count, percentile, share, significant, span, time};
use crate::load::{Audit, AuditResult, End, Measurement};

/// The share of refused or failed sessions below which the answer does not mention them.
const TRIFLE: f64 = 0.001;

/// Why a measurement is not fully reliable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reservation {
    /// The measurement is invalid: the findings of the failed audits.
    Invalid(String),
    /// The run was interrupted, after this time.
    Interrupted(String),
}

/// The reservations about a measurement, the gravest first.
pub(crate) fn reservations(measurement: &Measurement) -> Vec<Reservation> {
    let failed = |audit: &&Audit| audit.verdict == AuditResult::Failed;
    let failed: Vec<String> = measurement.audits.iter().filter(failed).map(said).collect();
    let invalid = (!failed.is_empty()).then(|| Reservation::Invalid(failed.join("; ")));
    let elapsed = || Reservation::Interrupted(time(measurement.window.elapsed));
    let interrupted = (measurement.end == End::Interrupted).then(elapsed);
    invalid.into_iter().chain(interrupted).collect()
}

fn said(audit: &Audit) -> String {
    format!("{}: {}", audit.name, audit.evidence)
}

/// The finding in one sentence without its full stop: the answer and its load.
pub(crate) fn sentence(measurement: &Measurement) -> String {
    format!(
        "{}, {} for {}",
        answer(measurement),
        conditions::in_short(measurement),
        span(measurement.window.elapsed)
    )
}

/// The rate of good sessions, the share of the others if it is notable, and the latency.
fn answer(measurement: &Measurement) -> String {
    let (unit, tally) = (unit(measurement), &measurement.tally);
    if tally.started == 0 {
        return format!("no {unit} began");
    }
    let others = others(measurement);
    let percentiles = measurement
        .percentile(0.5)
        .zip(measurement.percentile(0.99));
    let Some((p50, p99)) = percentiles.filter(|_| !tally.good.is_empty()) else {
        return format!("no good {unit} of {}: {others}", count(tally.started));
    };
    let rate = significant(measurement.goodput());
    let others = match others.as_str() {
        "" => ",".to_owned(),
        others => format!(", but {others};"),
    };
    let (p50, p99) = (percentile(p50), percentile(p99));
    format!("{rate} good {unit}s/s{others} p50 {p50}, p99 {p99}")
}

/// The share of each kind of session that was not good; empty if negligible.
fn others(measurement: &Measurement) -> String {
    let tally = &measurement.tally;
    let counts = [
        ("busy", tally.busy.count()),
        ("errors", tally.errors()),
        ("unfinished", tally.unfinished.count()),
    ];
    let shares = counts.map(|(name, count)| (name, measurement.share(count)));
    let told = shares.into_iter().filter(|(_, share)| *share > TRIFLE);
    let told: Vec<_> = told
        .map(|(name, of_all)| format!("{} {name}", share(of_all)))
        .collect();
    told.join(", ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::load::{Failure, Outcome, sample};

    #[test]
    fn the_sentence_says_how_many_were_good_how_many_were_not_how_fast_and_under_what() {
        let said = sentence(&sample::open(1));
        let begins = "980 good sessions/s, but 1.0 % busy, 1.0 % errors; p50 ";
        assert!(said.starts_with(begins), "{said}");
        assert!(said.ends_with(", at 1 000/s for 11 s"), "{said}");
    }

    #[test]
    fn a_trifle_of_errors_is_not_part_of_the_answer() {
        let mut measured = sample::closed(1);
        measured.tally.busy.clear();
        measured.tally.failed = Default::default();
        let second = Duration::from_secs(1);
        for _ in 0..11 {
            let failed = Outcome::Failed(Failure::Reset);
            measured.tally.end(failed, second, second);
        }
        let said = sentence(&measured);
        assert!(said.starts_with("980 good sessions/s, p50 "), "{said}");
    }

    #[test]
    fn a_failed_audit_comes_before_an_interruption() {
        let mut measured = sample::closed(1);
        assert_eq!(reservations(&measured), []);
        measured.end = End::Interrupted;
        measured.audits[0].verdict = AuditResult::Failed;
        measured.audits[0].evidence = "one is missing".to_owned();
        let invalid = Reservation::Invalid("conservation: one is missing".to_owned());
        let interrupted = Reservation::Interrupted("11.0 s".to_owned());
        assert_eq!(reservations(&measured), [invalid, interrupted]);
    }
}
