//! The text report of an overload measurement: the answer, one table, the recovery.

use crate::base::as_f64;
use crate::load::{Level, Overload, Recovery};

use crate::base::figures::{count, share, significant, span, time};
use crate::base::layout::{Cell, Columns, Medium, Page, Tone};

/// The text after an overload measurement.
pub fn text(found: &Overload, medium: Medium) -> String {
    let mut page = Page::new(medium);
    if let Some(doubt) = found.doubt() {
        let invalid = format!("INVALID: {doubt}; do not use these figures");
        page.paragraph(Tone::Bad, &invalid);
    }
    if found.is_interrupted() {
        page.paragraph(Tone::Noted, &format!("Interrupted: {}", answer(found)));
    } else {
        page.paragraph(Tone::Strong, &answer(found));
    }
    if !found.levels.is_empty() {
        page.gap();
        page.columns(&table(found));
    }
    if let Some(recovery) = &found.recovery {
        page.gap();
        page.row("recovery", &said(recovery));
    }
    page.gap();
    page.row("capacity", &capacity(found));
    for (name, audit) in other_doubts(found) {
        page.labelled(Tone::Noted, "doubtful", &format!("{name}: {audit}"));
    }
    page.finish()
}

/// The answer in one sentence.
fn answer(found: &Overload) -> String {
    let capacity = found.capacity.goodput();
    let patience = span(found.patience);
    let Some(level) = found.asked() else {
        return if capacity == 0.0 {
            "The server has no capacity: a closed loop got no good session".to_owned()
        } else {
            format!("The capacity is {} good sessions/s", significant(capacity))
        };
    };
    format!(
        "Keeps {} of its capacity at {} times the load: {} of {} good sessions/s within {patience}",
        reached(found, level),
        level.factor,
        significant(level.measured.per_second(level.good(found.patience))),
        significant(capacity),
    )
}

/// A row for each level.
fn table(found: &Overload) -> Columns {
    let mut columns = Columns::default();
    let heads = [
        "offered/s",
        "good/s",
        "of possible",
        "busy",
        "late",
        "failed",
        "p99 good",
        "p99 busy",
    ];
    columns.row("load", heads.map(Cell::from));
    for level in &found.levels {
        let name = format!("{} ×{}", level.factor, mark(level));
        columns.row(&name, cells(found, level));
    }
    columns
}

/// The mark of a level with a failed audit.
fn mark(level: &Level) -> &'static str {
    if level.measured.is_valid() { "" } else { " ?" }
}

fn cells(found: &Overload, level: &Level) -> [Cell; 8] {
    let (measured, patience) = (&level.measured, found.patience);
    let tone = if measured.is_valid() {
        Tone::Plain
    } else {
        Tone::Dim
    };
    let quantile = |times: &crate::load::Times| times.quantile(0.99).map_or_else(String::new, time);
    [
        significant(measured.per_second(measured.client.scheduled)),
        significant(measured.per_second(level.good(patience))),
        reached(found, level),
        share(measured.share(measured.tally.busy.count())),
        share(measured.share(level.late(patience))),
        share(measured.share(level.failed())),
        quantile(&measured.tally.intended),
        quantile(&measured.tally.busy),
    ]
    .map(|text| Cell::new(tone, text))
}

/// The share of the capacity that a level reached, and two standard errors.
fn reached(found: &Overload, level: &Level) -> String {
    let (share, error) = found.share(level);
    format!("{:.0} ±{:.0} %", share * 100.0, (error * 200.0).ceil())
}

fn said(recovery: &Recovery) -> String {
    let (before, load) = (recovery.before, recovery.load);
    let after = match recovery.after {
        Some(0) => "full service within the first second".to_owned(),
        Some(seconds) => format!("full service after {seconds} s"),
        None => format!(
            "no full service within {} s",
            recovery.measured.window.elapsed.as_secs()
        ),
    };
    format!("{after} at {load} ×, after an overload of {before} ×")
}

/// The closed loop that found the capacity.
fn capacity(found: &Overload) -> String {
    let measured = &found.capacity;
    let good = measured.ended.good;
    format!(
        "{} good sessions/s ±{:.0} %, from {} sessions of {} clients",
        significant(measured.goodput()),
        (200.0 / as_f64(good.max(1)).sqrt()).ceil(),
        count(good),
        measured.plan.drive.clients(),
    )
}

/// Failed audits of runs that do not affect the answer.
fn other_doubts(found: &Overload) -> Vec<(String, String)> {
    let others = found
        .levels
        .iter()
        .filter(|level| level.factor.total_cmp(&found.factor).is_ne());
    let levels = others.map(|level| (format!("{} ×", level.factor), &level.measured));
    let recovery = found
        .recovery
        .iter()
        .map(|recovery| ("recovery".to_owned(), &recovery.measured));
    levels
        .chain(recovery)
        .filter_map(|(name, measured)| {
            let audit = measured.audits.iter().find(|audit| !audit.is_passed())?;
            Some((name, format!("{}: {}", audit.name, audit.evidence)))
        })
        .collect()
}
