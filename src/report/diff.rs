//! The text of a comparison of two measurements: a sentence, a table, and remarks.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::load::{Change, Compared, Difference, Finding, Metric};

use crate::base::figures::{share, significant, time};
use crate::base::layout::{Cell, Columns, Medium, Page, Tone};

/// The widest name of a measurement that leaves room for its figures.
const WIDEST_NAME: usize = 12;

/// The whole text, with a name for each measurement.
pub fn text(difference: &Difference, a_name: &str, b_name: &str, medium: Medium) -> String {
    let mut page = Page::new(medium);
    page.paragraph(Tone::Strong, &sentence(difference, b_name));
    page.gap();
    page.columns(&table(difference, a_name, b_name));
    page.gap();
    for note in notes(difference, a_name, b_name) {
        page.paragraph(Tone::Plain, &note);
    }
    page.finish()
}

/// The findings in one line.
fn sentence(difference: &Difference, b_name: &str) -> String {
    let found: Vec<&Compared> = difference.found().collect();
    if found.is_empty() {
        let mut rows = difference.rows.iter();
        let is_told = rows.any(|row| row.finding == Finding::Same && row.change.is_some());
        return if is_told {
            "no difference"
        } else {
            "cannot tell"
        }
        .to_owned();
    }
    let told = |finding: Finding| {
        let rows = found.iter().filter(move |row| row.finding == finding);
        let changes = rows.filter_map(|row| figure_and_change(row));
        // One line has room for two changes.
        changes.take(2).collect::<Vec<_>>().join(", ")
    };
    let (better, worse) = (told(Finding::Better), told(Finding::Worse));
    let is_share = |row: &&Compared| matches!(row.metric, Metric::Errors | Metric::Busy);
    let is_speed = !found.iter().all(is_share);
    let b = shortened(b_name);
    match (better.is_empty(), worse.is_empty(), is_speed) {
        (true, _, true) => format!("{b} is slower: {worse}"),
        (true, _, false) => format!("{b} is worse: {worse}"),
        (_, true, true) => format!("{b} is faster: {better}"),
        (_, true, false) => format!("{b} is better: {better}"),
        (false, false, _) => {
            let names = |finding: Finding| {
                let rows = found.iter().filter(move |row| row.finding == finding);
                rows.map(|row| row.metric.name())
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            let (better, worse) = (names(Finding::Better), names(Finding::Worse));
            format!("{b} is better by {better} and worse by {worse}")
        }
    }
}

/// Such as `p99 +41 % (95 %: +20 to +66 %)`.
fn figure_and_change(row: &Compared) -> Option<String> {
    let change = row.change?;
    let interval = interval(change);
    let (name, ratio) = (row.metric.name(), percent(change.ratio));
    Some(format!("{name} {ratio} (95 %: {interval})"))
}

fn table(difference: &Difference, a_name: &str, b_name: &str) -> Columns {
    let (a, b) = (shortened(a_name), shortened(b_name));
    let mut columns = Columns::default();
    let head = [&a, &b, "change", "95 % interval", "finding"];
    columns.row("", head.map(Cell::from));
    for compared in &difference.rows {
        let cells = cells(compared).map(|cell| Cell::from(cell.as_str()));
        columns.row(compared.metric.name(), cells);
    }
    columns
}

fn cells(row: &Compared) -> [String; 5] {
    let [a, b] = row
        .figures
        .map(|figure| figure.map_or_else(String::new, |it| written(row.metric, it)));
    // A figure of zero has no ratio, only a distance from zero.
    let is_ratio = row
        .figures
        .iter()
        .all(|figure| figure.is_some_and(|it| it > 0.0));
    let ratio = row.change.filter(|_| is_ratio);
    let finding = match row.finding {
        Finding::Same => "no difference",
        Finding::Better => "better",
        Finding::Worse => "worse",
        Finding::Unclear(_) => "cannot tell",
    };
    [
        a,
        b,
        ratio
            .map(|change| percent(change.ratio))
            .unwrap_or_default(),
        ratio.map(interval).unwrap_or_default(),
        finding.to_owned(),
    ]
}

fn written(metric: Metric, figure: f64) -> String {
    match metric {
        Metric::Goodput => format!("{}/s", significant(figure)),
        Metric::P50 | Metric::P99 | Metric::Mean => {
            let seconds = Duration::try_from_secs_f64(figure / 1e9);
            time(seconds.unwrap_or(Duration::MAX))
        }
        Metric::Errors | Metric::Busy => share(figure),
    }
}

/// Both ends in one unit, so that they can be compared.
fn interval(change: Change) -> String {
    let (low, high) = (change.low, change.high);
    if [low, high].into_iter().any(is_manifold) {
        return format!("{} to {}", multiple(low), multiple(high));
    }
    let low = percent(low);
    let low = low.trim_end_matches(" %");
    format!("{low} to {}", percent(high))
}

/// A ratio as a change in per cent, or as a multiple.
fn percent(ratio: f64) -> String {
    if is_manifold(ratio) {
        return multiple(ratio);
    }
    format!("{:+.0} %", (ratio - 1.0) * 100.0).replace("-0 %", "+0 %")
}

/// Whether a ratio is too far from one for per cent.
fn is_manifold(ratio: f64) -> bool {
    ratio >= 10.0 || ratio <= 0.1
}

fn multiple(ratio: f64) -> String {
    match ratio {
        r if r >= 1000.0 => "×1000+".to_owned(),
        r if r >= 10.0 => format!("×{r:.0}"),
        r if r >= 1.0 => format!("×{r:.1}"),
        r if r <= 0.001 => "÷1000+".to_owned(),
        r if r <= 0.1 => format!("÷{:.0}", 1.0 / r),
        r => format!("÷{:.1}", 1.0 / r),
    }
}

fn shortened(name: &str) -> String {
    let count = name.chars().count();
    if count <= WIDEST_NAME {
        return name.to_owned();
    }
    // Paths mostly differ at their end.
    let end: String = name.chars().skip(count - (WIDEST_NAME - 1)).collect();
    format!("…{end}")
}

fn notes(difference: &Difference, a_name: &str, b_name: &str) -> Vec<String> {
    let mut notes = Vec::new();
    for (name, is_valid) in [a_name, b_name].into_iter().zip(difference.valid) {
        if !is_valid {
            notes.push(format!(
                "{} did not pass its audits: do not build on this",
                shortened(name)
            ));
        }
    }
    let mut unclear: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in &difference.rows {
        if let Finding::Unclear(reason) = row.finding {
            unclear.entry(reason).or_default().push(row.metric.name());
        }
    }
    for (reason, names) in unclear {
        notes.push(format!("cannot tell {}: {reason}", names.join(", ")));
    }
    for unlike in &difference.unlike {
        notes.push(format!("the runs differ in {unlike}"));
    }
    let [a, b] = difference.runs;
    let goodput = difference
        .rows
        .iter()
        .find(|row| row.metric == Metric::Goodput);
    if let Some(change) = goodput.and_then(|row| row.change)
        && difference.is_by_allowance()
    {
        let least = percent(1.0 + change.least());
        let runs = if (a, b) == (1, 1) {
            "one run each".to_owned()
        } else {
            format!("{a} and {b} runs")
        };
        notes.push(format!(
            "{runs}: less than about {} of goodput cannot be told from noise; merge several runs a \
             side to see smaller differences",
            least.trim_start_matches('+')
        ));
    } else {
        notes.push(format!(
            "{a} and {b} runs; the change is that of the typical run of each"
        ));
    }
    notes.push("the intervals hold all together with 95 %".to_owned());
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{Drive, Measurement, diff, sample};

    fn said(a: &Measurement, b: &Measurement) -> String {
        text(&diff(a, b), "a.json", "b.json", Medium::default())
    }

    fn slower(mut run: Measurement, factor: u64) -> Measurement {
        run.ended.good /= factor;
        for second in &mut run.seconds {
            second.ended.good /= factor;
        }
        run
    }

    #[test]
    fn the_text_is_as_it_was_last_looked_at() {
        let a = sample::closed(1);
        insta::assert_snapshot!("alike", said(&a, &sample::closed(2)));
        insta::assert_snapshot!("slower", said(&a, &slower(sample::closed(2), 2)));
    }

    #[test]
    fn the_first_line_is_what_was_found() {
        let a = sample::closed(1);
        let same = said(&a, &sample::closed(2));
        assert!(same.starts_with("no difference\n\n"), "{same}");
        let worse = said(&a, &slower(a.clone(), 4));
        assert!(
            worse.starts_with("b.json is slower: goodput -75 % (95 %: -"),
            "{worse}"
        );
        let better = said(&slower(a.clone(), 4), &a);
        assert!(
            better.starts_with("b.json is faster: goodput +300 % (95 %: +"),
            "{better}"
        );
    }

    #[test]
    fn a_single_run_is_told_to_be_one_and_unlike_conditions_are_named() {
        let mut b = sample::closed(2);
        b.plan.drive = Drive::Closed { clients: 128 };
        b.audits[0].verdict = crate::load::AuditResult::Failed;
        let said = said(&sample::closed(1), &b);
        for note in [
            "one run each: less than about",
            "the runs differ in clients: 64 and 128",
            "b.json did not pass its audits",
        ] {
            assert!(said.contains(note), "{said}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_named_with_the_reason() {
        let mut b = sample::closed(2);
        b.seconds.truncate(1);
        let said = said(&sample::closed(1), &b);
        assert!(said.contains("\ncannot tell goodput, "), "{said}");
        assert!(said.contains(": too short to compare\n"), "{said}");
    }

    #[test]
    fn the_table_is_aligned_and_no_line_is_too_wide() {
        let a = sample::open(1);
        let mut b = slower(sample::closed(2), 50);
        b.place.kernel = "Linux ".repeat(40);
        let said = text(
            &diff(&a, &b),
            &"long/".repeat(20),
            "a name that is much too long.json",
            Medium::default(),
        );
        assert!(said.lines().all(|line| line.chars().count() < 80), "{said}");
        let rows: Vec<_> = said.lines().skip(3).take(6).collect();
        let starts: Vec<_> = ["goodput", "p50", "p99", "mean", "errors", "busy"].into();
        for (row, start) in rows.iter().zip(&starts) {
            assert!(row.starts_with(start), "{said}");
        }
        assert!(!said.contains('\u{1b}'));
    }

    #[test]
    fn a_ratio_is_written_as_the_per_cent_of_more_or_less() {
        for (ratio, written) in [
            (1.41, "+41 %"),
            (0.77, "-23 %"),
            (0.999, "+0 %"),
            (12.0, "×12"),
            (0.05, "÷20"),
        ] {
            assert_eq!(percent(ratio), written);
        }
    }

    #[test]
    fn both_ends_of_an_interval_are_written_in_the_same_way() {
        for (low, high, written) in [
            (0.87, 1.73, "-13 to +73 %"),
            (1.0 / 48.0, 0.22, "÷48 to ÷4.5"),
            (0.02, 1.5, "÷50 to ×1.5"),
            (2.0, 40.0, "×2.0 to ×40"),
        ] {
            let change = Change {
                ratio: 1.0,
                low,
                high,
            };
            assert_eq!(interval(change), written);
        }
    }
}
