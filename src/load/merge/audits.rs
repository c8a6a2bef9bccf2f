//! The audits of a merge, and remarks for its reader.

use super::{Together, missing_shards};
use crate::load::judge::{Unlike, conservation};
use crate::load::result::{Audit, AuditResult, Measurement, are_apart};

/// The names of the audits made here. If a run is itself a merge, these are not copied from it.
const OWN: [&str; 5] = ["conservation", "runs", "windows", "conditions", "shards"];

/// The audits of a merge, and the remarks of its runs.
pub(super) fn audits(
    merged: &Measurement,
    measured: &[Measurement],
    together: Together,
    different: &[Unlike],
) -> Vec<Audit> {
    let mut audits = vec![
        conservation(merged),
        validity(measured),
        windows(measured, together),
    ];
    if !different.is_empty() {
        let said: Vec<String> = different.iter().map(ToString::to_string).collect();
        audits.push(audit("conditions", AuditResult::Noted, said.join("; ")));
    }
    if together == Together::Shards && missing_shards(measured) > 0 {
        let (count, missing) = (merged.plan.shard.count, missing_shards(measured));
        let evidence = format!("{missing} of {count} are missing: the load was less than planned");
        audits.push(audit("shards", AuditResult::Noted, evidence));
    }
    let remarks = measured.iter().flat_map(|run| &run.audits);
    for remark in remarks.filter(|it| it.verdict == AuditResult::Noted) {
        if !OWN.contains(&remark.name.as_str()) && !audits.contains(remark) {
            audits.push(remark.clone());
        }
    }
    audits
}

fn audit(name: &str, verdict: AuditResult, evidence: String) -> Audit {
    Audit {
        name: name.to_owned(),
        verdict,
        evidence,
    }
}

/// A merge is valid only if all its runs are.
fn validity(measured: &[Measurement]) -> Audit {
    let mut failed: Vec<String> = Vec::new();
    for (run, measured) in (1..).zip(measured) {
        let audits = measured.audits.iter().filter(|audit| !audit.is_passed());
        failed.extend(audits.map(|it| format!("run {run}: {}: {}", it.name, it.evidence)));
    }
    if failed.is_empty() {
        let evidence = format!("all {} are valid", measured.len());
        audit("runs", AuditResult::Passed, evidence)
    } else {
        audit("runs", AuditResult::Failed, failed.join("; "))
    }
}

fn windows(measured: &[Measurement], together: Together) -> Audit {
    let all: Vec<_> = measured.iter().flat_map(Measurement::runs).collect();
    let evidence = match together {
        Together::SideBySide | Together::Shards => {
            let evidence = "the runs were made at one time; their rates add up";
            return audit("windows", AuditResult::Passed, evidence.to_owned());
        }
        Together::Apart if are_apart(&all) => "the runs lie one after another",
        Together::Apart => "the runs overlap only in part",
    };
    let evidence = format!("{evidence}; rates are per second of measuring");
    audit("windows", AuditResult::Noted, evidence)
}
