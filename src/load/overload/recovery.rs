//! The return to full service after an overload.

use std::time::{Duration, SystemTime};

use super::{BEFORE_RECOVERY, DURING_RECOVERY, OverloadRun, Runs, WARMUP, open, rate};
use crate::base::as_f64;
use crate::load::drive::{LoadError, run};
use crate::load::observer::{Observer, Progress};
use crate::load::result::{Measurement, Second, Tally};

/// The share of good sessions that is full service, among sessions begun after the overload and ended in
/// one second.
const FULL: f64 = 0.95;

/// The longest window after the overload.
const WINDOW: Duration = Duration::from_secs(8);

/// A load within the capacity, directly after an overload.
#[derive(Debug, Clone)]
pub struct Recovery {
    /// The load before it, in multiples of the capacity.
    pub before: f64,
    /// The load after the overload, in multiples of the capacity.
    pub load: f64,
    /// The result. The window begins when the overload ends.
    pub measured: Measurement,
    /// The whole seconds until the service was full and stayed so. `None` if it was not full at the end
    /// of the window.
    pub after: Option<u32>,
}

/// Overloads the server, and measures the time after the overload ends.
pub(super) fn measure(runs: &mut Runs<'_, '_>, capacity: f64) -> Result<Recovery, LoadError> {
    let (before, load) = (BEFORE_RECOVERY, DURING_RECOVERY);
    let overload = rate(before * capacity)?;
    let drive = open(overload.then(WARMUP, &rate(load * capacity)?));
    let patience = runs.plan.patience;
    let window = runs.plan.window.unwrap_or(WINDOW).min(WINDOW);
    let plan = runs.next(drive, window, WARMUP, patience);
    let mut seconds = Seconds {
        view: (runs.watch)(OverloadRun::Recovery, &plan),
        patience,
        window,
        full: Vec::new(),
    };
    let measured = run(&plan, runs.command, runs.stop, &mut seconds)?;
    let after = first_of_the_last(&seconds.full);
    Ok(Recovery {
        before,
        load,
        measured,
        after,
    })
}

/// The index of the first of the true values at the end.
fn first_of_the_last(full: &[bool]) -> Option<u32> {
    let last = full.iter().rev().take_while(|full| **full).count();
    let first = u32::try_from(full.len() - last).ok();
    first.filter(|_| last > 0)
}

/// Whether the service was full, by the second.
struct Seconds {
    view: Box<dyn Observer>,
    patience: Duration,
    window: Duration,
    full: Vec<bool>,
}

impl Observer for Seconds {
    fn begins(&mut self, window: SystemTime) {
        self.view.begins(window);
    }

    fn progress(&mut self, progress: &Progress<'_>) {
        self.view.progress(progress);
    }

    fn second(&mut self, second: &Second, tally: &Tally) {
        self.view.second(second, tally);
        // Later seconds hold only the last sessions of the window.
        if Duration::from_secs(second.at.into()) < self.window {
            let good = tally.intended.between(Duration::ZERO, self.patience);
            let ended = tally.intended.count() + tally.busy.count() + tally.errors();
            self.full
                .push(ended > 0 && as_f64(good) >= FULL * as_f64(ended));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_is_full_from_the_first_second_after_which_none_is_not() {
        for (full, after) in [
            (&[true, true][..], Some(0)),
            (&[false, true, true], Some(1)),
            (&[true, false, true], Some(2)),
            (&[true, true, false], None),
            (&[], None),
        ] {
            assert_eq!(first_of_the_last(full), after, "{full:?}");
        }
    }
}
