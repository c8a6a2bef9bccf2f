//! How a run came out by its service level objectives, as text: a line for each.

use crate::load::{Figure, Judged, Limit, Ruling};

use super::figures::{percentile, share, significant};

/// A line for each objective: what it asks for, how it came out, the figure, and why if it is open.
pub fn text(judged: &[Judged]) -> String {
    let rows: Vec<[String; 4]> = judged.iter().map(row).collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let (asked, figure) = (width(0), width(2));
    let lines = rows.iter().map(|[asks, ruling, measured, reason]| {
        let line = format!("slo  {asks:<asked$}  {ruling:<9}  {measured:<figure$}  {reason}");
        line.trim_end().to_owned() + "\n"
    });
    lines.collect()
}

fn row(judged: &Judged) -> [String; 4] {
    let (ruling, reason) = match &judged.ruling {
        Ruling::Met => ("met", ""),
        Ruling::Missed => ("missed", ""),
        Ruling::Undecided(reason) => ("undecided", reason.as_str()),
    };
    let figure = judged.figure.map(|figure| match figure {
        Figure::Time(figure) => percentile(figure),
        Figure::Share(figure) => share(figure),
        Figure::Rate(figure) => format!("{}/s", significant(figure)),
    });
    [
        asked(judged),
        ruling.to_owned(),
        figure.unwrap_or_default(),
        reason.to_owned(),
    ]
}

fn asked(judged: &Judged) -> String {
    let (limit, sign) = (judged.objective.limit, judged.objective.op.sign());
    let value = match limit {
        Limit::Time(_, limit) => spaced(&humantime::format_duration(limit).to_string()),
        Limit::Percent(_, limit) => format!("{limit} %"),
        Limit::Rate(_, limit) => format!("{limit}/s"),
    };
    format!("{limit} {sign} {value}")
}

/// Times as they were asked for, their units apart: `1s 500ms` as `1 s 500 ms`.
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
        let slo: Slo = "p50<20ms,errors<0.1%,goodput>900,p99.99<1s"
            .parse()
            .unwrap();
        let written = text(&slo.judge(&sample::closed(1)));
        let lines: Vec<_> = written.lines().collect();
        let expected = [
            "slo  p50 < 20 ms     met        ",
            "slo  errors < 0.1 %  missed     1.0 %",
            "slo  goodput > 900/s  met        980/s",
            "slo  p99.99 < 1 s    undecided  ",
        ];
        let blanks = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(lines.len(), expected.len(), "{written}");
        for (line, expected) in lines.iter().zip(expected) {
            assert!(blanks(line).starts_with(&blanks(expected)), "{written}");
        }
        let column = lines[0].find("met").unwrap();
        assert_eq!(lines[1].find("missed"), Some(column), "{written}");
        assert!(lines[3].ends_with("too few sessions lie beyond it"));
        assert!(lines.iter().all(|line| line.chars().count() <= 100));
    }
}
