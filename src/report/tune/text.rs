//! The text report of a tuning: the verdict, the texts to paste, and the findings. The first screen holds
//! all that is needed to act.

use super::alternatives::{self, Role};
use super::findings::{self, Line, Weight};
use super::origin::{Origin, Subject};
use super::words::{count, give_or_take, percent, percents};
use super::{headline, method, paste, queue, verification};
use crate::base::figures::{self, significant};
use crate::base::layout::{Cell, Columns, Medium, Page, Style, Tone};
use crate::tune::{Regret, Tuning, Verdict};

/// The text report of a tuning.
pub fn text(tuning: &Tuning, origin: &Origin, medium: Medium) -> String {
    let mut page = Page::new(medium);
    let (tone, answer) = (tone_of(&tuning.verdict), headline::sentence(tuning));
    page.paragraph(tone, &answer);
    write(&verification::line(tuning), &mut page);
    to_paste(tuning, &origin.subject, &mut page);
    page.gap();
    write(&findings::bottleneck(tuning), &mut page);
    if !tuning.regret.is_empty() {
        page.gap();
        page.columns(&table(tuning));
        let best = alternatives::best(tuning);
        let run = alternatives::rule(tuning).map(|rule| format!("run: {rule}; "));
        let run = run.unwrap_or_default();
        let legend = format!("{run}loss: against {best}; busy: refused");
        page.paragraph(Tone::Dim, &legend);
    }
    page.gap();
    for line in queue::lines(tuning).iter().chain(&method::lines(tuning)) {
        write(line, &mut page);
    }
    if medium.style == Style::Terminal {
        // The answer is repeated, because its first copy may have scrolled away.
        page.gap();
        page.paragraph(tone, &answer);
    }
    page.finish()
}

fn tone_of(verdict: &Verdict) -> Tone {
    match verdict {
        Verdict::Run(_) => Tone::Strong,
        Verdict::Untold { .. } => Tone::Noted,
    }
}

fn write(line: &Line, page: &mut Page) {
    let tone = match line.weight {
        Weight::Good => Tone::Good,
        Weight::Plain => Tone::Plain,
        Weight::Noted => Tone::Noted,
        Weight::Bad => Tone::Bad,
    };
    page.labelled(tone, line.label, &line.said);
}

/// The texts to paste, if there is a candidate to run.
fn to_paste(tuning: &Tuning, subject: &Subject, page: &mut Page) {
    let Some(choice) = tuning.verdict.choice() else {
        return;
    };
    page.gap();
    for paste in paste::pastes(choice.candidate, subject) {
        let mut label = paste.label;
        for line in &paste.lines {
            page.row(label, line);
            label = "";
        }
    }
}

/// The throughput of each number of workers, and its loss against the best.
fn table(tuning: &Tuning) -> Columns {
    let mut columns = Columns::default();
    let head = [
        "queue",
        "sessions/s",
        "95 %",
        "p50",
        "p99",
        "busy",
        "loss",
        "95 %",
    ];
    columns.row("workers", head.map(Cell::from));
    for (role, row) in alternatives::few_rows(tuning) {
        let tone = match role {
            Role::Verdict => Tone::Strong,
            _ => Tone::Plain,
        };
        let cells = cells(row).map(|text| Cell::new(tone, text));
        let workers = count(row.candidate.workers);
        columns.row(format!("{workers} {}", role.name()).trim_end(), cells);
    }
    columns
}

fn cells(row: &Regret) -> [String; 8] {
    let seen = row.latency.zip(row.refused);
    let [p50, p99, refused] = seen.map_or_else(Default::default, |(latency, refused)| {
        let [p50, p99] = [latency.p50, latency.p99].map(figures::time);
        [p50, p99, figures::share(refused)]
    });
    [
        count(row.candidate.queue),
        significant(row.goodput),
        give_or_take(row.goodput, row.interval),
        p50,
        p99,
        refused,
        percent(row.loss),
        percents(row.loss_interval),
    ]
}

#[cfg(test)]
mod tests;
