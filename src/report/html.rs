//! The report as a page: one file that needs nothing else, no script and no network.

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

/// What every page is made of, and what pages have in common.
const BASE: &str = include_str!("html/base.html");
const PARTS: &str = include_str!("html/parts.html");

/// What the page of a load test is made of, but for what was found.
const TEMPLATE: &str = include_str!("html/page.html");

/// Everything the template writes; what is not a picture is escaped there.
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

/// Writes a measurement, and how it was judged if it was, as a page of HTML.
pub fn page(measurement: &Measurement, judged: &[Judged]) -> String {
    render(TEMPLATE, &Page::of(measurement, judged))
}

/// What a page is written from, with the colours and forms of the plots.
#[derive(Serialize)]
struct Styled<'a, P> {
    style: &'static str,
    #[serde(flatten)]
    page: &'a P,
}

/// Writes a page by a template that extends the base of all.
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
