//! The audits of a tuning: each check and its result.

use crate::report::html::parts::{Line, Mood};
use crate::report::tune::findings::{self, Weight};
use crate::report::tune::{method, verification};
use crate::tune::{Tuning, TuningEnd};

use super::super::words::counted;

/// All checks.
pub(super) fn audits(tuning: &Tuning) -> Vec<Line> {
    let mut audits = vec![of("verification", &verification::line(tuning))];
    let doubts = method::doubts(tuning).map(|doubts| of("trials", &doubts));
    audits.push(doubts.unwrap_or_else(|| {
        if tuning.trials.is_empty() {
            return Line::new(Mood::Noted, "trials", "nothing was tried");
        }
        let all = counted(tuning.trials.len(), "trial");
        Line::new(Mood::Passed, "trials", &format!("{all}, all believed"))
    }));
    if let Some(estimate) = &tuning.estimate {
        audits.push(of("noise and drift", &method::noise(estimate)));
    }
    audits.extend(method::client(tuning).map(|line| of("load generator", &line)));
    if tuning.calibration.shares_machine {
        let cores = counted(tuning.calibration.cores, "core");
        let said = format!("the server and the load generator share its {cores}");
        audits.push(Line::new(Mood::Noted, "this machine", &said));
    }
    let (mood, said) = match &tuning.end {
        TuningEnd::Decided => (Mood::Passed, "the search stopped at 95 %"),
        TuningEnd::Spent => (
            Mood::Noted,
            "the time was spent before the search could stop at 95 %",
        ),
        TuningEnd::Interrupted => (Mood::Noted, "interrupted"),
        TuningEnd::Failed(_) => (Mood::Failed, "the server failed"),
    };
    audits.push(Line::new(mood, "end", said));
    audits.extend(method::given_up(tuning).map(|line| of("effort", &line)));
    audits
}

fn of(name: &str, line: &findings::Line) -> Line {
    let mood = match line.weight {
        Weight::Good | Weight::Plain => Mood::Passed,
        Weight::Noted => Mood::Noted,
        Weight::Bad => Mood::Failed,
    };
    Line::new(mood, name, &line.said)
}
