//! `jamd load --overload`: loads at multiples of the capacity, and the measured goodput.

use super::{live, not_measured};
use crate::base::terminal::{Exit, Screen, medium};
use crate::base::{Stop, figures};
use crate::commands::{answer, command_line, complain};
use crate::load::{self, Observer, Overload, OverloadPlan, OverloadRun, Plan};
use crate::report;

/// Measures a server under overload.
pub(super) fn run(plan: &OverloadPlan, stop: &Stop, screen: &Screen) -> Exit {
    let mut watch = |which: OverloadRun, plan: &Plan| -> Box<dyn Observer> {
        complain(line(which, plan));
        live::observer(plan, screen.clone())
    };
    match load::overload(plan, &command_line(), stop, &mut watch) {
        Ok(found) => {
            let printed = answer(report::overload::text(&found, medium()).as_bytes());
            exit(&found).max(printed)
        }
        Err(err) => not_measured(&err),
    }
}

/// The line that announces a run.
fn line(which: OverloadRun, plan: &Plan) -> String {
    let rate = |at| match &plan.drive {
        load::Drive::Open { stages, .. } => figures::significant(stages.rate(at)),
        load::Drive::Closed { .. } => String::new(),
    };
    match which {
        OverloadRun::Capacity { clients } => {
            format!("capacity: a closed loop of {clients} clients")
        }
        OverloadRun::Level { factor } => {
            format!("{factor} × the capacity: {} sessions/s", rate(plan.warmup))
        }
        OverloadRun::Recovery => format!(
            "recovery: {} sessions/s, then {}",
            rate(std::time::Duration::ZERO),
            rate(plan.warmup)
        ),
    }
}

/// The exit code of the measurement.
fn exit(found: &Overload) -> Exit {
    let tally = &found.capacity.tally;
    if found.is_interrupted() {
        Exit::Interrupted
    } else if tally.started > 0 && tally.not_connected() == tally.started {
        Exit::Unreachable
    } else if found.doubt().is_some() {
        Exit::Doubtful
    } else if tally.good.is_empty() || found.keeps_nothing() {
        Exit::Missed
    } else {
        Exit::Done
    }
}
