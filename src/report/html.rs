//! The HTML report of a load test: one file without scripts or network access.

pub(super) mod parts;
mod plots;
mod settings;
mod tables;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde::Serialize;

use crate::load::{Audit, AuditResult, Judged, Measurement, ObjectiveResult};

use super::headline::{self, Reservation};
use super::{conditions, plot, slo};
use parts::{Banner, Figure, Line, Mood, Setting, Table};
pub(super) use parts::{NOTHING, time, whole};
pub(super) use settings::moment;

/// The base template of every page, and the parts that pages share.
const BASE: &str = include_str!("html/base.html");
const PARTS: &str = include_str!("html/parts.html");

/// The template of a load test's page.
const TEMPLATE: &str = include_str!("html/page.html");

/// The fields of the template; the template escapes all of them except pictures.
#[derive(Debug, Serialize)]
struct Page {
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

/// Writes a measurement, and its judgements if any, as an HTML page.
pub fn page(measurement: &Measurement, judged: &[Judged]) -> String {
    render(TEMPLATE, &Page::of(measurement, judged))
}

/// The fields of a page, with the style sheet of the plots.
#[derive(Serialize)]
struct Styled<'a, P> {
    style: &'static str,
    #[serde(flatten)]
    page: &'a P,
}

/// Writes a page by a template that extends the common base.
#[expect(clippy::expect_used, reason = "the templates are our own")]
pub(super) fn render(template: &'static str, page: &impl Serialize) -> String {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    for (name, source) in [
        ("base.html", BASE),
        ("parts.html", PARTS),
        ("page.html", template),
    ] {
        let added = environment.add_template(name, source);
        added.expect("the template is well-formed");
    }
    let style = plot::STYLE;
    environment
        .get_template("page.html")
        .and_then(|template| template.render(Serde(Styled { style, page })))
        .expect("the template asks for nothing that a page has not")
}

impl Page {
    fn of(measurement: &Measurement, judged: &[Judged]) -> Self {
        let reservations = headline::reservations(measurement);
        let conditions = conditions::all(measurement).into_iter();
        let conditions: Vec<String> = conditions.map(|(_, said)| said).collect();
        Self {
            place: measurement.place.address.clone(),
            when: settings::moment(measurement.window.begin),
            is_valid: measurement.is_valid(),
            reservations: reservations.into_iter().map(banner).collect(),
            sentence: whole(&headline::sentence(measurement)),
            conditions: whole(&conditions.join("; ")),
            audits: measurement.audits.iter().map(line).collect(),
            objectives: judged.iter().map(objective).collect(),
            tables: tables::tables(measurement),
            figures: plots::figures(measurement),
            settings: settings::settings(measurement),
        }
    }
}

fn banner(reservation: Reservation) -> Banner {
    match reservation {
        Reservation::Invalid(reason) => Banner::new(Mood::Failed, "INVALID", &reason),
        Reservation::Interrupted(after) => {
            let word = format!("Interrupted after {}", whole(&after));
            let reason = "what follows is of the part that was measured";
            Banner::new(Mood::Noted, &word, reason)
        }
    }
}

fn line(audit: &Audit) -> Line {
    let mood = match audit.verdict {
        AuditResult::Passed => Mood::Passed,
        AuditResult::Noted => Mood::Noted,
        AuditResult::Failed => Mood::Failed,
    };
    Line::new(mood, &audit.name, &audit.evidence)
}

fn objective(judged: &Judged) -> Line {
    let mood = match judged.ruling {
        ObjectiveResult::Met => Mood::Passed,
        ObjectiveResult::Missed => Mood::Failed,
        ObjectiveResult::Undecided(_) => Mood::Noted,
    };
    Line::new(mood, &slo::asked(judged), &slo::outcome(judged))
}

#[cfg(test)]
mod tests;
