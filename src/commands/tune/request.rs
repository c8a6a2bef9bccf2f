//! The settings of the tuner, from the arguments.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::base::Stop;
use crate::cli::TuneArgs;
use crate::clock::Zone;
use crate::commands::command_line;
use crate::load::{Limit, Slo, Then, Think};
use crate::report::tune::Subject;
use crate::trials::TrialSettings;
use crate::tune::{Calibration, Demand, Settings};

/// Clients for each worker if their number is not given, so that every worker has its next client waiting.
/// With objectives there are fewer, because needless waiting would miss them.
const PER_WORKER: usize = 4;
const PER_WORKER_UNDER_OBJECTIVES: usize = 2;

/// The largest pool to try, as a multiple of the workers that the load generator can keep busy, and its
/// bounds. Under load a session keeps a worker longer than alone.
const BEYOND: f64 = 2.5;
const FEWEST: f64 = 16.0;
const MOST: f64 = 1024.0;

/// The settings of every trial.
pub(crate) fn trial_settings(args: &TuneArgs, stop: &Stop, epoch: Instant) -> TrialSettings {
    let session = &args.session;
    TrialSettings {
        shape: session.shape(Then::Quit),
        timeout: session.timeout,
        skew: session.skew,
        // A server started by the tuner tells the time in UTC.
        zone: if args.target.is_some() {
            session.zone
        } else {
            Zone::Utc
        },
        warmup: Duration::ZERO,
        threads: args.client.threads(usize::MAX),
        sources: args.client.source.clone(),
        seed: args.client.seed(),
        runs: Cell::default(),
        command: command_line(),
        slo: args.slo.as_ref().map(|objectives| objectives.slo.clone()),
        stop: stop.clone(),
        epoch,
    }
}

/// The settings of the tuner. `queue` is the length of a queue that cannot be changed.
pub(crate) fn settings(
    args: &TuneArgs,
    calibration: &Calibration,
    queue: Option<usize>,
    seed: u64,
) -> Settings {
    let slo = args.slo.as_ref();
    Settings {
        most_workers: args
            .max_workers
            .unwrap_or_else(|| most_workers(calibration)),
        demand: demand(args),
        wait: args.wait,
        limit: slo.and_then(|objectives| limit(&objectives.slo)),
        queue,
        slo: slo.map(|objectives| objectives.text.clone()),
        budget: args.budget(),
        effort: args.effort(),
        seed,
    }
}

/// The subject of the tuning.
pub(crate) fn subject(args: &TuneArgs) -> Subject {
    match (&args.admin, args.service_time) {
        (Some(admin), _) => Subject::Live(admin.to_string()),
        (None, Some(service_time)) => Subject::Simulated(service_time.to_string()),
        (None, None) => Subject::Own,
    }
}

fn demand(args: &TuneArgs) -> Demand {
    let think = match args.session.think {
        Think::None => Duration::ZERO,
        Think::Fixed { seconds } => seconds,
        Think::Exponential { mean } => mean,
    };
    match (args.rate, args.clients) {
        (Some(rate), _) => Demand::Rate(rate),
        (None, Some(clients)) => Demand::Clients { clients, think },
        (None, None) if args.slo.is_some() => Demand::PerWorker(PER_WORKER_UNDER_OBJECTIVES),
        (None, None) => Demand::PerWorker(PER_WORKER),
    }
}

/// 2.5 × the workers that the load generator could keep busy (Little's law), rounded up to a power of two.
///
/// Source: J. D. C. Little, "A Proof for the Queuing Formula: L = λW", *Operations Research* 9, 1961.
fn most_workers(calibration: &Calibration) -> usize {
    let busy = calibration.ceiling.unwrap_or(0.0) * calibration.service.mean.as_secs_f64();
    let most = (BEYOND * busy).clamp(FEWEST, MOST);
    let powers = std::iter::successors(Some(1_u16), |power| power.checked_mul(2));
    let mut powers = powers.filter(|power| f64::from(*power) >= most);
    powers.next().unwrap_or(u16::MAX).into()
}

/// The strictest time objective.
fn limit(slo: &Slo) -> Option<Duration> {
    let limits = slo.objectives().iter();
    let limits = limits.filter_map(|objective| match objective.limit {
        Limit::Time(_, limit) => Some(limit),
        Limit::Percent(..) | Limit::Rate(..) => None,
    });
    limits.min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tune::Service;

    #[test]
    fn the_most_workers_are_beyond_what_the_generator_keeps_busy_within_bounds() {
        let most = |ceiling, millis| {
            most_workers(&Calibration {
                ceiling: Some(ceiling),
                service: Service {
                    mean: Duration::from_millis(millis),
                    variability: 0.0,
                },
                overhead: Duration::ZERO,
                cores: 2,
                shares_machine: true,
                took: Duration::ZERO,
            })
        };
        assert_eq!(most(20_000.0, 0), 16);
        assert_eq!(most(20_000.0, 2), 128, "the power of two above 100");
        assert_eq!(most(20_000.0, 60_000), 1024);
    }

    #[test]
    fn the_strictest_objective_of_a_time_is_the_limit() {
        let limit = |slo: &str| limit(&slo.parse().unwrap());
        let millis = Duration::from_millis;
        assert_eq!(limit("p99<20ms,p50<=10ms,busy<1%"), Some(millis(10)));
        assert_eq!(limit("max<1ms"), Some(millis(1)));
        assert_eq!(limit("busy<1%,goodput>5"), None);
    }
}
