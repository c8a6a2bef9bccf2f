//! The text report of a load test: the answer first, then the details.

mod errors;

use crate::base::ENOUGH_BEYOND;
use crate::base::Percentile;
use crate::load::{AuditResult, End, Measurement, Times};

use super::conditions;
use super::headline;
use super::unit::unit;
use crate::base::figures;
use crate::base::layout::{Cell, Columns, Medium, Page, Tone};

/// The percentiles of a latency; the last is the longest.
const QUANTILES: [(&str, f64); 6] = [
    ("p50", 0.5),
    ("p90", 0.9),
    ("p99", 0.99),
    ("p99.9", 0.999),
    ("p99.99", 0.9999),
    ("max", 1.0),
];

/// The percentiles printed for a stage of a session.
const OF_A_STAGE: [f64; 3] = [0.5, 0.99, 1.0];

/// The text report of a run.
pub fn text(measured: &Measurement, medium: Medium) -> String {
    let mut page = Page::new(medium);
    verdict(measured, &mut page);
    page.gap();
    for (name, said) in conditions::all(measured) {
        page.row(name, &said);
    }
    counts(measured, &mut page);
    let marks = latency(measured, &mut page);
    errors::write(measured, &mut page);
    audits(measured, &mut page);
    footnote(marks, measured, &mut page);
    page.finish()
}

/// The answer in one sentence, after any reservations.
fn verdict(measured: &Measurement, page: &mut Page) {
    if let Some(failed) = measured.audits.iter().find(|audit| !audit.is_passed()) {
        let (name, evidence) = (&failed.name, &failed.evidence);
        let invalid = format!("INVALID: {name}: {evidence}; do not use these figures");
        page.paragraph(Tone::Bad, &invalid);
    }
    let sentence = headline::sentence(measured);
    match measured.end {
        End::Planned => page.paragraph(Tone::Strong, &sentence),
        End::Interrupted => page.paragraph(Tone::Noted, &format!("Interrupted: {sentence}")),
    }
}

/// The outcomes of all sessions, and their rates.
fn counts(measured: &Measurement, page: &mut Page) {
    let (unit, tally) = (unit(measured), &measured.tally);
    let sum = format!(
        "{} started = {} good + {} busy + {} errors + {} unfinished",
        figures::count(tally.started),
        figures::count(tally.good.count()),
        figures::count(tally.busy.count()),
        figures::count(tally.errors()),
        figures::count(tally.unfinished.count()),
    );
    page.row(&format!("{unit}s"), &sum);
    let rate = |count| figures::significant(measured.per_second(count));
    let (good, replies) = (rate(measured.ended.good), rate(measured.ended.replies));
    let goodput = format!("{good} good {unit}s/s, {replies} replies/s");
    page.row("goodput", &goodput);
    let attempts = rate(measured.ended.attempts());
    let attempts = format!("{attempts} {unit}s/s that ended, whether good, busy or failed");
    page.row("attempts", &attempts);
    if measured.plan.drive.is_open() {
        let scheduled = rate(measured.client.scheduled);
        page.row("scheduled", &format!("{scheduled} {unit}s/s"));
    }
}

/// The marks that were printed and need an explanation.
#[derive(Debug, Clone, Copy, Default)]
struct Marks {
    thin: bool,
    bound: bool,
}

impl Marks {
    fn cell(&mut self, percentile: Percentile) -> Cell {
        self.bound |= percentile.is_bound;
        self.thin |= percentile.is_thin && !percentile.is_bound;
        let tone = if percentile.is_thin {
            Tone::Dim
        } else {
            Tone::Plain
        };
        Cell::new(tone, figures::percentile(percentile))
    }
}

/// The times of sessions and their stages.
fn latency(measured: &Measurement, page: &mut Page) -> Marks {
    let (tally, mut marks) = (&measured.tally, Marks::default());
    let mut columns = Columns::default();
    columns.row("latency", QUANTILES.map(|(name, _)| Cell::from(name)));
    let mut row = |name: &str, of: &dyn Fn(f64) -> Option<Percentile>| {
        let all = QUANTILES.map(|(_, quantile)| of(quantile));
        if all.iter().any(Option::is_some) {
            let cells = all.map(|p| p.map_or_else(Cell::default, |p| marks.cell(p)));
            columns.row(name, cells);
        }
    };
    let judged = |quantile| {
        measured
            .percentile(quantile)
            .map(|p| unless_longest(p, quantile))
    };
    if measured.plan.drive.is_open() {
        row("from intended start", &judged);
        // Sessions given up have no time from their actual start.
        let is_partial = tally.given_up().any(|given_up| !given_up.is_empty());
        let name = if is_partial {
            "good, actual start"
        } else {
            "from actual start"
        };
        row(name, &|quantile| seen(&tally.good, quantile));
    } else {
        row(unit(measured), &judged);
    }
    for (name, times) in [
        ("connect", &tally.connect),
        ("first reply", &tally.first_reply),
        ("later replies", &tally.later_replies),
        ("close", &tally.close),
        ("schedule lag", &tally.lag),
    ] {
        row(name, &|quantile| {
            let is_printed = OF_A_STAGE.contains(&quantile);
            is_printed.then(|| seen(times, quantile)).flatten()
        });
    }
    if columns.len() > 1 {
        page.gap();
        page.columns(&columns);
    }
    marks
}

/// A percentile of complete times.
fn seen(times: &Times, quantile: f64) -> Option<Percentile> {
    Percentile::seen(times, quantile).map(|seen| unless_longest(seen, quantile))
}

/// The longest time is exact, although no session lies beyond it.
fn unless_longest(percentile: Percentile, quantile: f64) -> Percentile {
    Percentile {
        is_thin: percentile.is_thin && quantile < 1.0,
        ..percentile
    }
}

/// The audits: passed ones in one line, the others with their evidence.
fn audits(measured: &Measurement, page: &mut Page) {
    if measured.audits.is_empty() {
        return;
    }
    page.gap();
    let of = |verdict| measured.audits.iter().filter(move |a| a.verdict == verdict);
    let passed: Vec<_> = of(AuditResult::Passed).map(|a| a.name.as_str()).collect();
    let passed = match passed.as_slice() {
        [] => "none passed".to_owned(),
        names => format!("{}: passed", names.join(", ")),
    };
    page.labelled(Tone::Good, "audits", &passed);
    for (verdict, label, tone) in [
        (AuditResult::Noted, "  noted", Tone::Noted),
        (AuditResult::Failed, "  FAILED", Tone::Bad),
    ] {
        for audit in of(verdict) {
            let said = format!("{}: {}", audit.name, audit.evidence);
            page.labelled(tone, label, &said);
        }
    }
}

/// The meaning of the printed marks.
fn footnote(marks: Marks, measured: &Measurement, page: &mut Page) {
    let unit = unit(measured);
    let thin = marks
        .thin
        .then(|| format!("~ fewer than {ENOUGH_BEYOND} {unit}s beyond it: unreliable"));
    let bound = marks
        .bound
        .then(|| format!("≥ at least: some {unit}s were given up and would have taken longer"));
    let said: Vec<_> = [thin, bound].into_iter().flatten().collect();
    if !said.is_empty() {
        page.gap();
        page.paragraph(Tone::Dim, &said.join("; "));
    }
}

#[cfg(test)]
mod tests;
