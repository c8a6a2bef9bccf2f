//! The capacity of a server: the highest goodput of a closed loop.

use std::time::Duration;

use super::{OverloadRun, Runs};
use crate::load::drive::LoadError;
use crate::load::plan::Drive;
use crate::load::result::{End, Measurement};

/// The number of clients tried first, and the larger numbers tried while each gains enough.
const FEWEST: usize = 64;
const MORE: [usize; 2] = [256, 1024];

/// The smallest rise in goodput that counts as a gain.
const GAIN: f64 = 0.1;

/// The length of a trial.
const TRIAL: Duration = Duration::from_secs(3);

/// The load before a window.
const WARMUP: Duration = Duration::from_secs(1);

/// The closed loop with the highest goodput, and whether more clients still gained at the end.
pub(super) fn measure(runs: &mut Runs<'_, '_>) -> Result<(Measurement, bool), LoadError> {
    if let Some(clients) = runs.plan.clients {
        let found = closed(runs, clients, runs.plan.window.unwrap_or(TRIAL))?;
        let is_long = runs.plan.window.is_some();
        let found = if is_long { found } else { again(runs, found)? };
        return Ok((found, false));
    }
    let mut best = closed(runs, FEWEST, TRIAL)?;
    let mut still_rises = false;
    for clients in MORE {
        if best.end == End::Interrupted {
            break;
        }
        let trial = closed(runs, clients, TRIAL)?;
        still_rises = trial.goodput() > best.goodput() * (1.0 + GAIN);
        if !still_rises {
            break;
        }
        best = trial;
    }
    Ok((again(runs, best)?, still_rises))
}

/// Repeats a trial, long enough to measure its rate. A trial without a good session, or an interrupted
/// one, is kept.
fn again(runs: &mut Runs<'_, '_>, trial: Measurement) -> Result<Measurement, LoadError> {
    let rate = trial.goodput();
    if rate == 0.0 || trial.end == End::Interrupted {
        return Ok(trial);
    }
    let window = runs.window(rate);
    closed(runs, trial.plan.drive.clients(), window)
}

fn closed(
    runs: &mut Runs<'_, '_>,
    clients: usize,
    window: Duration,
) -> Result<Measurement, LoadError> {
    let timeout = runs.plan.base.timeout;
    let drive = Drive::Closed { clients };
    runs.run(
        OverloadRun::Capacity { clients },
        drive,
        window,
        WARMUP,
        timeout,
    )
}
