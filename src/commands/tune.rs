//! `jamd tune`: the search for the number of workers and the queue, and the printed verdict.

mod outputs;
mod progress;
mod request;

use std::time::{Instant, UNIX_EPOCH};

use super::{answer, complain, fail, medium};
use crate::base::Stop;
use crate::base::terminal::{Exit, Screen, stop_on_signals};
use crate::cli::TuneArgs;
use crate::report::tune::{self as report, Origin};
use crate::server;
use crate::trials::{Live, LiveError, Local, OtherLoad, Subject, Trials, calibrate};
use crate::tune::{self, Reason, TargetError, Tuning, TuningEnd, Verdict, VerificationOutcome};

use outputs::Outputs;

/// The result of a tuning.
struct Found {
    tuning: Tuning,
    origin: Origin,
    /// Whether a live server was left with the recommended workers.
    is_left: bool,
}

/// The error of a tuning without a result.
#[derive(Debug, thiserror::Error)]
enum TuneError {
    /// The live server cannot be tuned.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// No candidate could be tried.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The workers could not be left on the live server as requested.
    #[error(transparent)]
    NotLeft(TargetError),
}

/// Tunes as the arguments say.
pub(super) fn run(args: &TuneArgs) -> Exit {
    let epoch = Instant::now();
    if let Err(reason) = args.check() {
        complain(reason);
        return Exit::Usage;
    }
    let (stop, screen) = (Stop::default(), Screen::on_stderr());
    if let Err(err) = stop_on_signals(&stop, &screen) {
        return fail(format_args!("cannot listen for signals: {err}"));
    }
    // The count of clients later shows whether the raised limit is enough.
    let _or_it_stays_as_it_is = server::raise_open_files();
    let outputs = match Outputs::to(args) {
        Ok(outputs) => outputs,
        Err(err) => return fail(err),
    };
    let other_load = OtherLoad::now();
    let found = match tune(args, &stop, screen, epoch) {
        Ok(found) => found,
        Err(err) => return not_tuned(&err),
    };
    let Found { tuning, origin, .. } = found;
    if let TuningEnd::Failed(reason) = &tuning.end {
        complain(reason);
    }
    let printed = answer(report::text(&tuning, &origin, medium()).as_bytes());
    // A live server is not our child: its CPU time would count as other load.
    let other_load = other_load.filter(|_| args.target.is_none());
    if let Some(warning) = other_load.and_then(|other_load| other_load.warning()) {
        complain(warning);
    }
    let lost = outputs.keep(&tuning, &origin);
    for err in &lost {
        complain(err);
    }
    match exit(&tuning) {
        _ if !found.is_left => Exit::Failed,
        Exit::Done if !lost.is_empty() => Exit::Failed,
        exit => exit.max(printed),
    }
}

/// Reports an error and returns the exit code.
fn not_tuned(err: &TuneError) -> Exit {
    match err {
        TuneError::Target(TargetError::Interrupted) => {
            complain("interrupted before anything was found");
            Exit::Interrupted
        }
        TuneError::Target(_) | TuneError::NotLeft(_) | TuneError::Live(LiveError::Thread(_)) => {
            fail(err)
        }
        TuneError::Live(LiveError::Strangers { .. }) => {
            complain(err);
            Exit::Usage
        }
        TuneError::Live(_) => {
            complain(err);
            Exit::Unreachable
        }
    }
}

/// Tunes the named live server, or this program as shipped.
fn tune(args: &TuneArgs, stop: &Stop, screen: Screen, epoch: Instant) -> Result<Found, TuneError> {
    let found = |(tuning, origin), is_left| Found {
        tuning,
        origin,
        is_left,
    };
    let Some((target, admin)) = args.target.as_ref().zip(args.admin.as_ref()) else {
        let mut local = Local {
            service_time: args.service_time,
        };
        let tried = try_all(args, &mut local, stop, screen, epoch)?;
        return Ok(found(tried, true));
    };
    let mut live = Live::reach(target, admin, args.session.timeout)?;
    complain(format_args!(
        "the workers of the server, {} now, are changed for each trial and put back at the end; its queue of \
         {} stays as it is",
        live.workers(),
        live.places()
    ));
    let tried = try_all(args, &mut live, stop, screen, epoch);
    let applied = tried.as_ref().ok().filter(|_| args.apply);
    let applied = applied.and_then(|(tuning, _)| match &tuning.verdict {
        Verdict::Run(choice) if exit(tuning) == Exit::Done => Some(choice.candidate.workers),
        Verdict::Run(_) | Verdict::Untold { .. } => None,
    });
    let workers = applied.unwrap_or_else(|| live.workers());
    let left = live.leave(workers);
    match &left {
        Ok(()) => complain(format_args!("the server has {workers} workers now")),
        Err(why) => complain(format_args!(
            "the server was not left with {workers} workers: {why}"
        )),
    }
    match tried {
        Ok(tried) => Ok(found(tried, left.is_ok())),
        Err(err) if left.is_ok() => Err(err.into()),
        Err(err) => Err(TuneError::NotLeft(err)),
    }
}

/// Calibrates, then tunes.
fn try_all(
    args: &TuneArgs,
    subject: &mut dyn Subject,
    stop: &Stop,
    screen: Screen,
    epoch: Instant,
) -> Result<(Tuning, Origin), TargetError> {
    let mut observer = progress::observer(args.budget(), screen);
    let mut trial_settings = request::trial_settings(args, stop, epoch);
    let (calibration, place) = calibrate(&mut trial_settings, subject, args.budget())?;
    let settings = request::settings(args, &calibration, subject.queue(), trial_settings.seed);
    let origin = Origin {
        subject: request::subject(args),
        place,
        begin: UNIX_EPOCH
            .elapsed()
            .unwrap_or_default()
            .saturating_sub(epoch.elapsed()),
    };
    let mut target = Trials {
        settings: &trial_settings,
        subject,
    };
    let tuning = tune::tune(
        &mut target,
        &settings,
        &calibration,
        stop,
        observer.as_mut(),
    );
    Ok((tuning, origin))
}

/// The exit code of a tuning.
fn exit(tuning: &Tuning) -> Exit {
    let verified = tuning.verification.as_ref();
    let is_confirmed = verified.is_some_and(|it| it.outcome == VerificationOutcome::Confirmed);
    match (&tuning.end, &tuning.verdict) {
        (TuningEnd::Interrupted, _) => Exit::Interrupted,
        (TuningEnd::Failed(_), _) => Exit::Failed,
        (_, Verdict::Run(_)) if is_confirmed => Exit::Done,
        (_, Verdict::Untold { reason, .. }) if *reason == Reason::Objectives => Exit::Missed,
        (_, Verdict::Run(_) | Verdict::Untold { .. }) => Exit::Doubtful,
    }
}
