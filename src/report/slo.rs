//! The results of service level objectives as text: a line for each.

use crate::base::duration;
use crate::load::{Figure, Judged, Limit, ObjectiveResult};

use crate::base::figures::{percentile, share, significant};
use crate::base::layout::{Medium, Page, Tone};

/// A line for each objective: the target, the result, the figure, and why it is open if so.
pub fn text(judged: &[Judged], medium: Medium) -> String {
    let mut page = Page::new(medium);
    if !judged.is_empty() {
        page.gap();
    }
    for judged in judged {
        let tone = match judged.ruling {
            ObjectiveResult::Met => Tone::Good,
            ObjectiveResult::Missed => Tone::Bad,
            ObjectiveResult::Undecided(_) => Tone::Noted,
        };
        let said = format!("{}: {}", asked(judged), outcome(judged));
        page.labelled(tone, "slo", &said);
    }
    page.finish()
}

/// The result of an objective, the figure, and why it is open if so.
pub(super) fn outcome(judged: &Judged) -> String {
    let (ruling, reason) = match &judged.ruling {
        ObjectiveResult::Met => ("met", None),
        ObjectiveResult::Missed => ("missed", None),
        ObjectiveResult::Undecided(reason) => ("undecided", Some(reason.as_str())),
    };
    let figure = judged.figure.map(written);
    let said = [Some(ruling), figure.as_deref(), reason];
    let said: Vec<_> = said.into_iter().flatten().collect();
    said.join(", ")
}

fn written(figure: Figure) -> String {
    match figure {
        Figure::Time(figure) => percentile(figure),
        Figure::Share(figure) => share(figure),
        Figure::Rate(figure) => format!("{}/s", significant(figure)),
    }
}

/// The target of an objective.
pub(super) fn asked(judged: &Judged) -> String {
    let (limit, sign) = (judged.objective.limit, judged.objective.op.sign());
    let value = match limit {
        Limit::Time(_, limit) => spaced(&duration::text(limit)),
        Limit::Percent(_, limit) => format!("{limit} %"),
        Limit::Rate(_, limit) => format!("{limit}/s"),
    };
    format!("{limit} {sign} {value}")
}

/// Times with spaces before units: `1s 500ms` becomes `1 s 500 ms`.
fn spaced(times: &str) -> String {
    let mut written = String::new();
    for letter in times.chars() {
        if letter.is_alphabetic() && written.ends_with(|last: char| last.is_ascii_digit()) {
            written.push(' ');
        }
        written.push(letter);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{Slo, sample};

    #[test]
    fn each_objective_has_a_line_with_its_figure_and_how_it_came_out() {
        let slo: Slo = "p50<20ms,errors<0.1%,goodput>900,p99.99<10s"
            .parse()
            .unwrap();
        let written = text(&slo.judge(&sample::closed(1)), Medium::default());
        let lines: Vec<_> = written.lines().collect();
        assert_eq!(lines[0], "", "{written}");
        for (line, begins) in lines[1..].iter().zip([
            "slo        p50 < 20 ms: met, ",
            "slo        errors < 0.1 %: missed, 1.0 %",
            "slo        goodput > 900/s: met, 980/s",
            "slo        p99.99 < 10 s: undecided, ",
        ]) {
            assert!(line.starts_with(begins), "{written}");
        }
        assert!(
            written.ends_with("too few sessions lie beyond it\n"),
            "{written}"
        );
        assert_eq!(text(&[], Medium::default()), "");
    }
}
