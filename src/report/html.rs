//! The report as a page: one file that needs nothing else, no script and no network.

mod plots;
mod settings;
mod tables;

use std::time::Duration;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde::Serialize;

use crate::load::{Audit, Judged, Measurement, Ruling, Verdict};

use super::headline::{self, Reservation};
use super::{conditions, figures, plot, slo};
use plots::Figure;
use settings::Setting;
use tables::Table;

/// What a page is made of, but for what was found.
const TEMPLATE: &str = include_str!("html/page.html");

/// Everything the template writes; what is not a picture is escaped there.
#[derive(Debug, Serialize)]
struct Page {
    /// The colours and forms of the plots.
    style: &'static str,
    place: String,
    when: String,
    is_valid: bool,
    reservations: Vec<Banner>,
    sentence: String,
    conditions: String,
    audits: Vec<Line>,
    objectives: Vec<Line>,
    tables: Vec<Table>,
    figures: Vec<Figure>,
    settings: Vec<Setting>,
}

/// A reservation, before everything else.
#[derive(Debug, Serialize)]
struct Banner {
    class: &'static str,
    word: String,
    reason: String,
}

/// One audit or objective in its list.
#[derive(Debug, Serialize)]
struct Line {
    class: &'static str,
    sign: &'static str,
    word: &'static str,
    name: String,
    evidence: String,
}

/// Writes a measurement, and how it was judged if it was, as a page of HTML.
#[expect(clippy::missing_panics_doc, reason = "the template is our own")]
#[expect(clippy::expect_used, reason = "the template is our own")]
pub fn page(measurement: &Measurement, judged: &[Judged]) -> String {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment
        .render_str(TEMPLATE, Serde(Page::of(measurement, judged)))
        .expect("the template asks for nothing that a page has not")
}

impl Page {
    fn of(measurement: &Measurement, judged: &[Judged]) -> Self {
        let reservations = headline::reservations(measurement);
        let conditions = conditions::all(measurement).into_iter();
        let conditions: Vec<String> = conditions.map(|(_, said)| said).collect();
        Self {
            style: plot::STYLE,
            place: measurement.place.address.clone(),
            when: settings::moment(measurement.window.begin),
            is_valid: measurement.is_valid(),
            reservations: reservations.into_iter().map(Banner::of).collect(),
            sentence: whole(&headline::sentence(measurement)),
            conditions: whole(&conditions.join("; ")),
            audits: measurement.audits.iter().map(Line::of).collect(),
            objectives: judged.iter().map(Line::judged).collect(),
            tables: tables::tables(measurement),
            figures: plots::figures(measurement),
            settings: settings::settings(measurement),
        }
    }
}

impl Banner {
    fn of(reservation: Reservation) -> Self {
        match reservation {
            Reservation::Invalid(reason) => Self {
                class: "failed",
                word: "INVALID".to_owned(),
                reason: whole(&reason),
            },
            Reservation::Interrupted(after) => Self {
                class: "noted",
                word: format!("Interrupted after {}", whole(&after)),
                reason: "what follows is of the part that was measured".to_owned(),
            },
        }
    }
}

impl Line {
    fn of(audit: &Audit) -> Self {
        let (class, sign, word) = match audit.verdict {
            Verdict::Passed => ("passed", "✓", "passed"),
            Verdict::Noted => ("noted", "!", "noted"),
            Verdict::Failed => ("failed", "✗", "failed"),
        };
        Self {
            class,
            sign,
            word,
            name: audit.name.clone(),
            evidence: whole(&audit.evidence),
        }
    }

    fn judged(judged: &Judged) -> Self {
        let (class, sign) = match judged.ruling {
            Ruling::Met => ("passed", "✓"),
            Ruling::Missed => ("failed", "✗"),
            Ruling::Undecided(_) => ("noted", "!"),
        };
        Self {
            class,
            sign,
            word: "objective",
            name: whole(&slo::asked(judged)),
            evidence: whole(&slo::outcome(judged)),
        }
    }
}

/// Keeps figures whole where lines break: digits with each other, and with their unit.
fn whole(text: &str) -> String {
    let mut before = ' ';
    let unbroken = text.chars().map(|char| {
        let is_bound = char == ' ' && (before.is_ascii_digit() || matches!(before, '≥' | '~'));
        before = char;
        if is_bound { '\u{a0}' } else { char }
    });
    unbroken.collect()
}

/// What stands where there is no figure.
const NOTHING: &str = "–";

/// A time, or what stands where there is none.
fn time(time: Option<Duration>) -> String {
    time.map_or_else(|| NOTHING.to_owned(), figures::time)
}

#[cfg(test)]
mod tests;
