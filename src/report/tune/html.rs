//! The HTML report of a tuning: the verdict, the plots, the costs and the method, so that readers can
//! check it.

mod audits;
mod plots;
mod settings;
mod tables;

use serde::Serialize;

use super::findings::{self, Weight};
use super::origin::{Origin, Subject};
use super::{headline, method, paste, queue, verification, words};
use crate::report::html::parts::{Banner, Figure, Line, Mood, Setting, Table, whole};
use crate::report::html::{moment, render};
use crate::tune::{Tuning, TuningEnd, Verdict, VerificationOutcome};

/// The template of the page.
const TEMPLATE: &str = include_str!("html/page.html");

/// The fields of the template; the template escapes all of them except pictures.
#[derive(Debug, Serialize)]
struct Page {
    subject: String,
    when: String,
    is_told: bool,
    reservations: Vec<Banner>,
    sentence: String,
    conditions: String,
    pastes: Vec<Pasted>,
    /// The findings beside the verdict.
    findings: Vec<Said>,
    regret: Option<Table>,
    figures: Vec<Figure>,
    others: Vec<Said>,
    audits: Vec<Line>,
    predictions: Option<Table>,
    laws: Option<Table>,
    trials: Option<Table>,
    settings: Vec<Setting>,
    method: Method,
}

/// Text to type or to copy into a file.
#[derive(Debug, Serialize)]
struct Pasted {
    label: &'static str,
    text: String,
}

/// One labelled statement.
#[derive(Debug, Serialize)]
struct Said {
    label: &'static str,
    class: &'static str,
    text: String,
}

/// The parts of the method section that depend on this tuning.
#[derive(Debug, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a sentence that is told or not"
)]
struct Method {
    trials: String,
    laws: String,
    noise: String,
    is_live: bool,
    is_saturated: bool,
    is_judged: bool,
    is_quick: bool,
    has_load: bool,
    has_overload: bool,
}

/// Writes a tuning as a page of HTML.
pub fn page(tuning: &Tuning, origin: &Origin) -> String {
    render(TEMPLATE, &Page::of(tuning, origin))
}

impl Page {
    fn of(tuning: &Tuning, origin: &Origin) -> Self {
        let pastes = tuning.verdict.choice().into_iter();
        let pastes = pastes.flat_map(|choice| paste::pastes(choice.candidate, &origin.subject));
        Self {
            subject: subject(origin),
            when: moment(origin.begin),
            is_told: matches!(tuning.verdict, Verdict::Run(_)),
            reservations: reservations(tuning),
            // Prevents a line break between the hyphens of a flag.
            sentence: whole(&headline::sentence(tuning)).replace("--", "-\u{2060}-"),
            conditions: whole(&method::demand(tuning)),
            pastes: pastes.map(Pasted::of).collect(),
            findings: [verification::line(tuning), findings::bottleneck(tuning)]
                .map(Said::of)
                .into(),
            regret: tables::regret(tuning),
            figures: plots::figures(tuning),
            others: queue::lines(tuning).into_iter().map(Said::of).collect(),
            audits: audits::audits(tuning),
            predictions: tables::predictions(tuning),
            laws: tables::laws(tuning),
            trials: tables::trials(tuning),
            settings: settings::settings(tuning, origin),
            method: Method::of(tuning, origin),
        }
    }
}

/// The tuned server.
fn subject(origin: &Origin) -> String {
    match &origin.subject {
        Subject::Own => "jamd serve, started anew for every trial".to_owned(),
        Subject::Simulated(service) => format!("a simulated service, sessions of {service}"),
        Subject::Live(admin) => format!("the server at {}, by {admin}", origin.place.address),
    }
}

/// The reservations shown before the verdict.
fn reservations(tuning: &Tuning) -> Vec<Banner> {
    let verification = tuning.verification.as_ref();
    let is_refuted = verification.is_some_and(|it| it.outcome == VerificationOutcome::Refuted);
    let refuted = is_refuted.then(|| {
        let reason = "fresh runs did not show what was predicted; this verdict takes them in and was not \
                      tested again";
        Banner::new(Mood::Failed, "REFUTED", reason)
    });
    let ended = match &tuning.end {
        TuningEnd::Interrupted => {
            let reason = "what follows is of the trials until then";
            Some(Banner::new(Mood::Noted, "Interrupted", reason))
        }
        TuningEnd::Failed(reason) => Some(Banner::new(Mood::Failed, "The server failed", reason)),
        TuningEnd::Decided | TuningEnd::Spent => None,
    };
    refuted.into_iter().chain(ended).collect()
}

impl Pasted {
    fn of(paste: paste::Paste) -> Self {
        Self {
            label: paste.label,
            text: paste.lines.join("\n"),
        }
    }
}

impl Said {
    fn of(line: findings::Line) -> Self {
        let class = match line.weight {
            Weight::Good => "passed",
            Weight::Plain => "",
            Weight::Noted => "noted",
            Weight::Bad => "failed",
        };
        Self {
            label: line.label.trim(),
            class,
            text: whole(&words::capitalised(&line.said)),
        }
    }
}

impl Method {
    fn of(tuning: &Tuning, origin: &Origin) -> Self {
        use crate::tune::{Demand, Effort, Purpose};
        let has = |purpose| tuning.trials.iter().any(|trial| trial.purpose == purpose);
        let estimate = tuning.estimate.as_ref();
        Self {
            trials: whole(&method::trials(tuning)),
            laws: whole(&estimate.map_or_else(String::new, method::weights)),
            noise: whole(&estimate.map_or_else(String::new, |it| method::noise(it).said)),
            is_live: matches!(origin.subject, Subject::Live(_)),
            is_saturated: matches!(tuning.settings.demand, Demand::PerWorker(_)),
            is_judged: tuning.settings.slo.is_some(),
            is_quick: tuning.settings.effort == Effort::Quick,
            has_load: has(Purpose::Load),
            has_overload: has(Purpose::Overload),
        }
    }
}

#[cfg(test)]
mod tests;
