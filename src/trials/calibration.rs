//! The calibration before the first trial: the load generator's ceiling, the service time, the cost of a
//! trial, and the environment.

use std::thread;
use std::time::Duration;

use super::null_server::NullService;
use super::trial::{Run, Subject, TrialSettings};
use crate::client::Target;
use crate::clock::Zone;
use crate::load::{Place, Shape, Sources, Think, Times};
use crate::tune::{Calibration, Candidate, Offered, Purpose, Service, TargetError, TrialRequest};

/// The measured time of each calibration run.
const LENGTH: Duration = Duration::from_millis(600);

/// Sessions needed for a mean and a variance, and the share of the budget that they may take if they are
/// long.
const ENOUGH: u32 = 50;
const MOST: f64 = 0.1;

/// Clients that keep an immediate responder busy: few and many. The ceiling is the higher rate of both.
const CLIENTS: [usize; 2] = [8, 32];

/// The warm-up of a server: the time of `WARM_SESSIONS` sessions, within these two limits.
const WARMUP: Duration = Duration::from_millis(200);
const LONGEST_WARMUP: Duration = Duration::from_secs(2);
const WARM_SESSIONS: u32 = 3;

/// One worker with one client, to measure the time of a session alone.
const ALONE: Candidate = Candidate {
    workers: 1,
    queue: 4,
};

/// Calibrates, and sets the warm-up of the trials.
pub(crate) fn calibrate(
    settings: &mut TrialSettings,
    subject: &mut dyn Subject,
    budget: Duration,
) -> Result<(Calibration, Place), TargetError> {
    settings.warmup = WARMUP;
    let ceiling = ceiling(settings)?;
    let (service, run) = service(settings, subject, budget)?;
    let overhead = run.took.saturating_sub(run.measured.window.elapsed);
    let warmup = (service.mean * WARM_SESSIONS).clamp(WARMUP, LONGEST_WARMUP);
    settings.warmup = warmup;
    let calibration = Calibration {
        ceiling: Some(ceiling),
        service,
        overhead: overhead + warmup.saturating_sub(WARMUP),
        cores: cores(),
        shares_machine: run.measured.place.shares_machine,
        took: settings.epoch.elapsed(),
    };
    Ok((calibration, run.measured.place))
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Sessions a second that the load generator reaches against an immediate responder.
fn ceiling(settings: &TrialSettings) -> Result<f64, TargetError> {
    let responder = NullService::start(cores());
    let responder = responder.map_err(|err| TargetError::Failed(err.to_string()))?;
    // The responder is local in every tuning and uses UTC. Pauses would hide the ceiling.
    let settings = TrialSettings {
        shape: Shape {
            think: Think::None,
            ..settings.shape
        },
        zone: Zone::Utc,
        sources: Sources::default(),
        ..settings.clone()
    };
    let mut most: f64 = 0.0;
    for clients in CLIENTS {
        let target = Target::from(responder.address());
        let measured = settings.load(&request(clients, LENGTH), target, &mut ())?;
        most = most.max(measured.goodput());
    }
    Ok(most)
}

/// The time that a session keeps the only worker, and the run that measured it.
fn service(
    settings: &TrialSettings,
    subject: &mut dyn Subject,
    budget: Duration,
) -> Result<(Service, Run), TargetError> {
    let mut length = LENGTH;
    loop {
        let run = subject.measure(settings, &request(1, length))?;
        let good = &run.measured.tally.good;
        let enough = good.mean().unwrap_or(length) * ENOUGH;
        let most = budget.mul_f64(MOST);
        // Ends: the second run has the length that it needs, or the greatest permitted length.
        if length == LENGTH && enough > length && most > length {
            length = enough.min(most);
            continue;
        }
        let Some(mean) = run.figures.lasted.or_else(|| good.mean()) else {
            let reason = "no session of a single client came to a good end: a --timeout that is longer may be \
                 needed"
                .to_owned();
            return Err(TargetError::Failed(reason));
        };
        let service = Service {
            mean,
            variability: variability(good),
        };
        return Ok((service, run));
    }
}

/// The variance divided by the square of the mean.
fn variability(times: &Times) -> f64 {
    let histogram = times.histogram();
    let ratio = histogram.stdev() / histogram.mean();
    if ratio.is_finite() {
        ratio * ratio
    } else {
        0.0
    }
}

fn request(clients: usize, length: Duration) -> TrialRequest {
    TrialRequest {
        purpose: Purpose::Sweep,
        candidate: ALONE,
        offered: Offered::Clients {
            clients,
            think: Duration::ZERO,
        },
        length,
    }
}
