//! `jamd load`: the load, the printed result, and its files.

mod live;
mod outputs;
mod overload;
mod stored;
mod warnings;

use std::path::Path;

use super::{answer, command_line, complain, fail, medium};
use crate::base::Stop;
use crate::base::terminal::{Exit, Screen, stop_on_signals};
use crate::cli::{LoadArgs, LoadCommand};
use crate::load::{self, End, Judged, LoadError, Measurement, Plan};
use crate::{report, server};

use outputs::Outputs;

/// Loads a server, or works on earlier results.
pub(super) fn run(args: &LoadArgs) -> Exit {
    match (&args.command, args.plan()) {
        (Some(LoadCommand::Diff(args)), _) => stored::diff(args),
        (Some(LoadCommand::Merge(args)), _) => stored::merge(args),
        (None, Some(plan)) => load(args, &plan),
        (None, None) => {
            complain("expected a server to load: jamd load HOST[:PORT]");
            Exit::Usage
        }
    }
}

/// Loads a server once, or with multiples of its capacity.
fn load(args: &LoadArgs, plan: &Plan) -> Exit {
    let (stop, screen) = (Stop::default(), Screen::on_stderr());
    if let Err(err) = stop_on_signals(&stop, &screen) {
        return fail(format_args!("cannot listen for signals: {err}"));
    }
    // The count of clients later shows whether the raised limit is enough.
    let _or_it_stays_as_it_is = server::raise_open_files();
    match args.overload(plan) {
        Some(plan) => overload::run(&plan, &stop, &screen),
        None => test(args, plan, &stop, screen),
    }
}

/// Loads a server once.
fn test(args: &LoadArgs, plan: &Plan, stop: &Stop, screen: Screen) -> Exit {
    let baseline = match args.baseline.as_deref().map(stored::open).transpose() {
        Ok(baseline) => baseline,
        Err(err) => {
            complain(err);
            return Exit::Usage;
        }
    };
    let mut outputs = match Outputs::to(&args.outputs, plan, screen) {
        Ok(outputs) => outputs,
        Err(err) => return fail(err),
    };
    for warning in warnings::of(plan) {
        complain(warning);
    }
    let measured = match load::run(plan, &command_line(), stop, &mut outputs) {
        Ok(measured) => measured,
        Err(err) => return not_measured(&err),
    };
    outputs.leave_terminal();
    let judged = args.slo.as_ref().map(|slo| slo.judge(&measured));
    let judged = judged.unwrap_or_default();
    let mut text = report::text(&measured, medium()) + &report::slo::text(&judged, medium());
    if let Some((baseline, path)) = baseline.zip(args.baseline.as_deref()) {
        text += "\n";
        text += &stored::compared(&baseline, path, &measured, Path::new("this run"));
    }
    let printed = answer(text.as_bytes());
    let lost = outputs.keep(&measured, &judged);
    for err in &lost {
        complain(err);
    }
    let kept = if lost.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    };
    exit(&measured, &judged).max(printed).max(kept)
}

/// Reports why there is no measurement, and returns the exit code.
fn not_measured(err: &LoadError) -> Exit {
    match err {
        LoadError::NotReached(_) => {
            complain(err);
            Exit::Unreachable
        }
        LoadError::System(_) => fail(err),
        _ => {
            complain(err);
            Exit::Usage
        }
    }
}

/// The exit code of a run. Invalid figures count before missed objectives.
fn exit(measured: &Measurement, judged: &[Judged]) -> Exit {
    let tally = &measured.tally;
    // A schedule may begin empty. A closed loop that begins no session is stuck.
    let was_due = tally.started > 0 || !measured.plan.drive.is_open();
    if measured.end == End::Interrupted {
        Exit::Interrupted
    } else if tally.started > 0 && tally.not_connected() == tally.started {
        Exit::Unreachable
    } else if !measured.is_valid() {
        Exit::Doubtful
    } else if was_due && tally.good.is_empty() || !judged.iter().all(Judged::is_met) {
        Exit::Missed
    } else {
        Exit::Done
    }
}
