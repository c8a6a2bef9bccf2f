//! Overload measurement: a server's capacity, its goodput at multiples of it, and its time to recover.
//!
//! The capacity is the goodput of a closed loop. The multiples are open loops with Poisson arrivals, in
//! which each client leaves after its patience.

mod capacity;
mod recovery;

use std::time::Duration;

use super::drive::{LoadError, run};
use super::observer::Observer;
use super::plan::{Arrivals, Drive, Length, Plan, Stages};
use super::result::{End, Measurement};
use crate::base::{Stop, as_f64};

pub use recovery::Recovery;

/// The multiples of the capacity that every run offers.
const FACTORS: [f64; 4] = [0.8, 1.0, 2.0, 3.0];

/// The overload before a recovery, and the load during it, in multiples of the capacity.
const BEFORE_RECOVERY: f64 = 3.0;
const DURING_RECOVERY: f64 = 0.7;

/// A server's queue and its rule of admission settle in this time.
const WARMUP: Duration = Duration::from_secs(3);

/// A window of a run, unless it is given: as long as it takes for [`ENOUGH`] sessions, within this range.
const SHORTEST_WINDOW: Duration = Duration::from_secs(5);
const LONGEST_WINDOW: Duration = Duration::from_secs(30);

/// This many good sessions give a rate to about 3 per cent.
const ENOUGH: f64 = 1000.0;

/// A share of the capacity that no load exceeds if the capacity is right.
const MOST_OF_THE_CAPACITY: f64 = 1.05;

/// The most sessions at a time of an open loop.
const MOST_CLIENTS: usize = 10_000;

/// The plan of an overload measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct OverloadPlan {
    /// The server, the sessions and the load tester. Its drive, length and warm-up are not used.
    pub base: Plan,
    /// The clients of the closed loop; found by measurement if not given.
    pub clients: Option<usize>,
    /// The multiple of the capacity that the answer is about.
    pub factor: f64,
    /// The time after which a client leaves, from the intended start of its session.
    pub patience: Duration,
    /// The window of each run, if it is given.
    pub window: Option<Duration>,
}

/// The result of an overload measurement.
#[derive(Debug, Clone)]
pub struct Overload {
    /// The multiple of the capacity that the answer is about.
    pub factor: f64,
    /// The time after which a client left.
    pub patience: Duration,
    /// The closed loop with the highest goodput.
    pub capacity: Measurement,
    /// Whether the goodput still rose with the clients at the highest number tried.
    pub still_rises: bool,
    /// The open loops, by factor. An interruption leaves some out.
    pub levels: Vec<Level>,
    /// The return to full service; `None` after an interruption.
    pub recovery: Option<Recovery>,
}

/// An open loop at a multiple of the capacity.
#[derive(Debug, Clone)]
pub struct Level {
    /// The multiple.
    pub factor: f64,
    /// Its result.
    pub measured: Measurement,
}

/// A run of an overload measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OverloadRun {
    /// A closed loop.
    Capacity {
        /// Clients.
        clients: usize,
    },
    /// An open loop at a multiple of the capacity.
    Level {
        /// The multiple.
        factor: f64,
    },
    /// An overload, and the load after it.
    Recovery,
}

/// A function that returns the observer of each run.
pub type Watch<'a> = dyn FnMut(OverloadRun, &Plan) -> Box<dyn Observer> + 'a;

/// Measures the capacity and offers multiples of it, until the end or a stop request.
///
/// # Errors
///
/// The server cannot be reached, or this machine cannot make the load.
pub fn overload(
    plan: &OverloadPlan,
    command: &str,
    stop: &Stop,
    watch: &mut Watch<'_>,
) -> Result<Overload, LoadError> {
    let mut runs = Runs {
        plan,
        command,
        stop,
        watch,
        count: 0,
    };
    let (capacity, still_rises) = capacity::measure(&mut runs)?;
    let mut found = Overload {
        factor: plan.factor,
        patience: plan.patience,
        still_rises,
        levels: Vec::new(),
        recovery: None,
        capacity,
    };
    let capacity = found.capacity.goodput();
    if capacity == 0.0 || found.is_interrupted() {
        return Ok(found);
    }
    for factor in factors(plan.factor) {
        let drive = open(rate(factor * capacity)?);
        let which = OverloadRun::Level { factor };
        let window = runs.window(capacity);
        let measured = runs.run(which, drive, window, WARMUP, plan.patience)?;
        found.levels.push(Level { factor, measured });
        if found.is_interrupted() {
            return Ok(found);
        }
    }
    found.recovery = Some(recovery::measure(&mut runs, capacity)?);
    Ok(found)
}

/// The multiples to offer: the usual ones and the requested one, in order.
fn factors(asked: f64) -> Vec<f64> {
    let mut factors = FACTORS.to_vec();
    factors.push(asked);
    factors.sort_by(f64::total_cmp);
    factors.dedup();
    factors
}

/// A constant rate, in sessions a second.
fn rate(rate: f64) -> Result<Stages, LoadError> {
    Stages::constant(rate).ok_or(LoadError::Rate { rate })
}

/// An open loop at these rates.
fn open(stages: Stages) -> Drive {
    Drive::Open {
        stages,
        arrivals: Arrivals::Poisson,
        clients: MOST_CLIENTS,
    }
}

/// The runs of one measurement.
struct Runs<'a, 'w> {
    plan: &'a OverloadPlan,
    command: &'a str,
    stop: &'a Stop,
    watch: &'a mut Watch<'w>,
    /// Runs made so far; it varies the seed of each run.
    count: u64,
}

impl Runs<'_, '_> {
    fn run(
        &mut self,
        which: OverloadRun,
        drive: Drive,
        seconds: Duration,
        warmup: Duration,
        timeout: Duration,
    ) -> Result<Measurement, LoadError> {
        let plan = self.next(drive, seconds, warmup, timeout);
        let mut observer = (self.watch)(which, &plan);
        run(&plan, self.command, self.stop, observer.as_mut())
    }

    fn next(
        &mut self,
        drive: Drive,
        seconds: Duration,
        warmup: Duration,
        timeout: Duration,
    ) -> Plan {
        let base = &self.plan.base;
        let seed = base.seed.wrapping_add(self.count);
        self.count += 1;
        Plan {
            threads: base.threads.min(drive.clients()),
            length: Length::Duration { seconds },
            drive,
            warmup,
            timeout,
            seed,
            ..base.clone()
        }
    }

    /// The window of a run at this rate.
    fn window(&self, rate: f64) -> Duration {
        let enough = Duration::try_from_secs_f64(ENOUGH / rate).unwrap_or(LONGEST_WINDOW);
        let usual = enough.clamp(SHORTEST_WINDOW, LONGEST_WINDOW);
        self.plan.window.unwrap_or(usual)
    }
}

impl Overload {
    /// The level that the answer is about.
    pub fn asked(&self) -> Option<&Level> {
        self.levels
            .iter()
            .find(|level| level.factor.total_cmp(&self.factor).is_eq())
    }

    /// Whether no session was good at the level that the answer is about.
    pub fn keeps_nothing(&self) -> bool {
        self.asked()
            .is_some_and(|level| level.good(self.patience) == 0)
    }

    /// The highest possible goodput of a level: its offered load, at most the capacity.
    pub fn possible(&self, level: &Level) -> f64 {
        let offered = level.measured.per_second(level.measured.client.scheduled);
        offered.min(self.capacity.goodput())
    }

    /// The share of the possible goodput that a level reached, and its standard error.
    ///
    /// Both numbers of sessions are taken as Poisson: the relative variance of their ratio is the sum of
    /// their inverses.
    pub fn share(&self, level: &Level) -> (f64, f64) {
        let possible = self.possible(level);
        if possible <= 0.0 {
            return (0.0, 0.0);
        }
        let good = level.good(self.patience);
        let share = level.measured.per_second(good) / possible;
        let (good, capacity) = (as_f64(good).max(1.0), as_f64(self.capacity.ended.good));
        (share, share * (1.0 / good + 1.0 / capacity).sqrt())
    }

    /// Whether a signal cut the measurement short.
    pub fn is_interrupted(&self) -> bool {
        self.runs().any(|run| run.end == End::Interrupted)
    }

    /// Every run of the measurement.
    pub fn runs(&self) -> impl Iterator<Item = &Measurement> {
        let levels = self.levels.iter().map(|level| &level.measured);
        let recovery = self.recovery.iter().map(|recovery| &recovery.measured);
        [&self.capacity].into_iter().chain(levels).chain(recovery)
    }

    /// The reason why the answer is invalid; `None` if it is valid.
    pub fn doubt(&self) -> Option<String> {
        let asked = self.asked().map(|level| {
            let name = format!("{} × the capacity", level.factor);
            failed_audit(&name, &level.measured)
        });
        failed_audit("the capacity", &self.capacity)
            .or_else(|| self.capacity_is_higher())
            .or_else(|| asked.flatten())
    }

    /// The evidence that the capacity is higher than the closed loop found.
    fn capacity_is_higher(&self) -> Option<String> {
        if self.still_rises {
            let clients = self.capacity.plan.drive.clients();
            return Some(format!(
                "the goodput still rises at {clients} clients: name more (--clients)"
            ));
        }
        let level = self.levels.iter().find(|level| {
            let (share, error) = self.share(level);
            share - 2.0 * error > MOST_OF_THE_CAPACITY
        })?;
        let percent = self.share(level).0 * 100.0;
        let factor = level.factor;
        Some(format!(
            "{factor} × the capacity gave {percent:.0} % of it: the closed loop did not find the capacity"
        ))
    }
}

/// The first audit that a run failed.
fn failed_audit(name: &str, run: &Measurement) -> Option<String> {
    let audit = run.audits.iter().find(|audit| !audit.is_passed())?;
    Some(format!("{name}: {}: {}", audit.name, audit.evidence))
}

impl Level {
    /// Sessions begun in the window that were good within the patience.
    pub fn good(&self, patience: Duration) -> u64 {
        let times = &self.measured.tally.intended;
        times.between(Duration::ZERO, patience)
    }

    /// Sessions in which the client's patience ended before the session did.
    pub fn late(&self, patience: Duration) -> u64 {
        let tally = &self.measured.tally;
        let given_up: u64 = tally.given_up().map(super::Times::count).sum();
        given_up + tally.intended.count() - self.good(patience)
    }

    /// Sessions that failed for another reason than a timeout.
    pub fn failed(&self) -> u64 {
        let tally = &self.measured.tally;
        let given_up: u64 = tally.given_up().map(super::Times::count).sum();
        (tally.errors() + tally.unfinished.count()) - given_up
    }
}

#[cfg(test)]
mod tests;
