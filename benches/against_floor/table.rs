//! The tables, aligned, at most 100 columns wide.

use crate::cases::{Case, Verdict};
use crate::pairs::{Comparison, Spread};

/// A measured quantity that is not a ratio.
#[derive(Debug)]
pub(crate) struct Quantity {
    pub(crate) work: &'static str,
    pub(crate) measured: String,
    /// What was measured along with it and puts it in proportion.
    pub(crate) beside: String,
    pub(crate) target: String,
    pub(crate) verdict: Verdict,
}

/// The medians, and what became of the targets.
pub(crate) fn ratios(measured: &[(&Case, Comparison)]) -> String {
    let row = |cells: [&str; 8]| {
        let [
            work,
            against,
            rate,
            subject,
            reference,
            cpu,
            target,
            verdict,
        ] = cells;
        format!(
            "{work:<13} {against:<10} {rate:>10}  {subject:>9} {reference:>9} {cpu:>6}  {target:<25} {verdict}"
        )
    };
    let heading = [
        row([
            "",
            "",
            "throughput",
            "CPU µs/op",
            "CPU µs/op",
            "CPU",
            "",
            "",
        ]),
        row([
            "work",
            "against",
            "ratio",
            "subject",
            "reference",
            "ratio",
            "target",
            "verdict",
        ]),
    ];
    let rows = measured.iter().map(|(case, comparison)| {
        row([
            &case.work_name(),
            case.against.name(),
            &format!("{:.3}", comparison.rate_ratio().median),
            &format!("{:.3}", comparison.subject_cpu_us().median),
            &format!("{:.3}", comparison.reference_cpu_us().median),
            &format!("{:.3}", comparison.cpu_ratio().median),
            &case.target.text(),
            case.target.verdict(comparison).map_or("", Verdict::text),
        ])
    });
    lines(heading.into_iter().chain(rows))
}

/// How far apart the pairs were, and the throughputs that the ratios come from.
pub(crate) fn spreads(measured: &[(&Case, Comparison)]) -> String {
    let row = |cells: [&str; 6]| {
        let [work, against, subject, reference, rate, cpu] = cells;
        format!("{work:<13} {against:<10} {subject:>10} {reference:>11}  {rate:>17} {cpu:>17}")
    };
    let range = |spread: Spread| format!("{:.3} to {:.3}", spread.least, spread.greatest);
    let heading = row([
        "work",
        "against",
        "subject/s",
        "reference/s",
        "throughput ratios",
        "CPU ratios",
    ]);
    let rows = measured.iter().map(|(case, comparison)| {
        row([
            &case.work_name(),
            case.against.name(),
            &format!("{:.0}", comparison.subject_rate().median),
            &format!("{:.0}", comparison.reference_rate().median),
            &range(comparison.rate_ratio()),
            &range(comparison.cpu_ratio()),
        ])
    });
    lines([heading].into_iter().chain(rows))
}

/// What was measured by itself.
pub(crate) fn quantities(measured: &[Quantity]) -> String {
    let row = |cells: [&str; 5]| {
        let [work, measured, beside, target, verdict] = cells;
        format!("{work:<13} {measured:<20} {beside:<42} {target:<10} {verdict}")
    };
    let heading = row(["work", "measured", "beside", "target", "verdict"]);
    let rows = measured.iter().map(|quantity| {
        row([
            quantity.work,
            &quantity.measured,
            &quantity.beside,
            &quantity.target,
            quantity.verdict.text(),
        ])
    });
    lines([heading].into_iter().chain(rows))
}

fn lines(rows: impl Iterator<Item = String>) -> String {
    let rows: Vec<String> = rows.map(|row| row.trim_end().to_owned()).collect();
    rows.join("\n") + "\n"
}
