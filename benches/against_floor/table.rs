//! The tables, aligned, at most 100 columns wide.

use crate::cases::Case;
use crate::pairs::Comparison;
use crate::quantity::{Verdict, lines};
use crate::spread::Spread;

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
            &format!("{:.3}", comparison.rate_ratio().median()),
            &format!("{:.3}", comparison.subject_cpu_us().median()),
            &format!("{:.3}", comparison.reference_cpu_us().median()),
            &format!("{:.3}", comparison.cpu_ratio().median()),
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
    let range = |spread: Spread| format!("{:.3} to {:.3}", spread.quartile(0), spread.quartile(4));
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
            &format!("{:.0}", comparison.subject_rate().median()),
            &format!("{:.0}", comparison.reference_rate().median()),
            &range(comparison.rate_ratio()),
            &range(comparison.cpu_ratio()),
        ])
    });
    lines([heading].into_iter().chain(rows))
}
