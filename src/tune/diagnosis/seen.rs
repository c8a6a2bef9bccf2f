//! The evidence for a diagnosis: how the verdict ran, and which resources were exhausted.

use crate::base::as_f64;
use crate::tune::estimate::Estimate;
use crate::tune::finding::Finding;
use crate::tune::request::{Offered, Purpose};
use crate::tune::settings::Calibration;
use crate::tune::trial::{Evidence, Trial, median_number};

/// How many times the verdict's workers a pool must have to show that more workers gain nothing.
const ENOUGH_MORE: f64 = 1.5;

/// The busy share of the cores from which missing cores, not a lock, explain that more workers gain
/// nothing.
const FEW_CORES: f64 = 0.7;

/// The factor over the time of a lone session above which a session waits for something while it has a
/// worker.
const LONGER: f64 = 1.2;

/// Twice the workers of the verdict, or the largest pool with figures.
#[derive(Debug, Clone, Copy)]
pub(super) struct More {
    pub(super) workers: usize,
    /// The extra throughput, as a share.
    pub(super) gain: f64,
    /// The extra workers, as a share: the gain to expect if workers were the only limit.
    pub(super) added: f64,
}

/// The figures of the verdict: medians of its trials under the demand of the search.
#[derive(Debug, Clone, Copy)]
pub(in crate::tune) struct Seen {
    pub(super) workers: usize,
    /// How clients came.
    pub(super) offered: Offered,
    /// Good sessions per second.
    pub(super) goodput: f64,
    pub(super) evidence: Evidence,
    /// The gain from more workers; none without figures for a larger pool.
    pub(super) more: Option<More>,
    /// The ceiling of the load generator.
    pub(super) ceiling: Option<f64>,
    pub(super) cores: usize,
    pub(super) shares_machine: bool,
    /// How long a lone session keeps a worker, in seconds.
    pub(super) alone: f64,
}

impl More {
    fn than(workers: usize, estimate: &Estimate) -> Option<Self> {
        let most = estimate.curve.last()?.workers;
        let doubled = workers.saturating_mul(2);
        let [own, more] = [workers, doubled.min(most)].map(|count| estimate.band(count));
        let (own, more) = (own?, more?);
        let times = as_f64(more.workers) / as_f64(workers);
        (times >= ENOUGH_MORE).then_some(Self {
            workers: more.workers,
            gain: more.goodput / own.goodput - 1.0,
            added: times - 1.0,
        })
    }
}

impl Seen {
    /// None if nothing ran. An invalid trial is evidence too, and often the best.
    pub(in crate::tune) fn of(
        found: &Finding,
        trials: &[Trial],
        calibration: &Calibration,
    ) -> Option<Self> {
        let counts = |trial: &&Trial| trial.purpose.is_search() || trial.purpose == Purpose::Verify;
        let under_demand: Vec<&Trial> = trials.iter().filter(counts).collect();
        let best = || {
            let best = under_demand.iter();
            let best = best.max_by(|a, b| a.goodput.total_cmp(&b.goodput))?;
            Some(best.candidate.workers)
        };
        let chosen = found.choice().map(|(choice, _)| choice.candidate.workers);
        let workers = chosen.or_else(best)?;
        let nearest = under_demand
            .iter()
            .map(|trial| trial.candidate.workers)
            .min_by_key(|count| count.abs_diff(workers))?;
        let ran = under_demand.iter().copied();
        let ran: Vec<&Trial> = ran
            .filter(|trial| trial.candidate.workers == nearest)
            .collect();
        let median = |of: &dyn Fn(&Trial) -> Option<f64>| {
            median_number(ran.iter().filter_map(|trial| of(trial)))
        };
        let known = |of: fn(&Evidence) -> Option<f64>| median(&|trial| of(&trial.evidence));
        let share = |of: fn(&Evidence) -> f64| {
            median(&|trial| Some(of(&trial.evidence))).unwrap_or_default()
        };
        let more = found
            .estimate
            .as_ref()
            .and_then(|estimate| More::than(workers, estimate));
        Some(Self {
            workers: nearest,
            offered: ran.first()?.offered,
            goodput: median(&|trial| Some(trial.goodput))?,
            evidence: Evidence {
                client_busy: share(|it| it.client_busy),
                client_cpu: known(|it| it.client_cpu),
                server_cpu: known(|it| it.server_cpu),
                others_cpu: known(|it| it.others_cpu),
                occupied: known(|it| it.occupied),
                working: known(|it| it.working),
                dropped: share(|it| it.dropped),
                late: share(|it| it.late),
                portless: share(|it| it.portless),
            },
            more,
            ceiling: calibration.ceiling,
            cores: calibration.cores,
            shares_machine: calibration.shares_machine,
            alone: calibration.service.mean.as_secs_f64(),
        })
    }

    /// The share of the time of the server's cores that the load generator took.
    pub(super) fn client_on_servers_cores(&self) -> f64 {
        match self.evidence.client_cpu {
            Some(share) if self.shares_machine => share,
            _ => 0.0,
        }
    }

    /// Whether a session keeps a worker longer than a lone session, by Little's law. It then waits for
    /// something, such as a core.
    pub(super) fn waits_within_sessions(&self) -> bool {
        let occupied = self.evidence.occupied.unwrap_or_default();
        let each = occupied * as_f64(self.workers) / self.goodput;
        each > LONGER * self.alone
    }

    /// The share of the occupied time in which workers waited for clients.
    pub(super) fn waited_for_clients(&self) -> Option<f64> {
        let occupied = self.evidence.occupied.filter(|share| *share > 0.0)?;
        Some((1.0 - self.evidence.working? / occupied).max(0.0))
    }

    /// The share of the time of the server's cores that unrelated programs took, unless the cores were
    /// otherwise idle.
    pub(super) fn others_in_the_way(&self) -> f64 {
        let others = self.evidence.others_cpu;
        let others = others.filter(|_| self.waits_within_sessions());
        others.unwrap_or_default()
    }

    /// The share of the time of the server's cores that was not available.
    pub(super) fn busy_cores(&self) -> Option<f64> {
        let server = self.evidence.server_cpu?;
        let all = server + self.client_on_servers_cores() + self.others_in_the_way();
        Some(all.min(1.0))
    }

    /// The busy share of the cores, if it leaves few of them free.
    pub(in crate::tune) fn few_cores(&self) -> Option<f64> {
        self.busy_cores().filter(|cores| *cores >= FEW_CORES)
    }

    /// Whether a new session is always ready to start, however the server behaves.
    pub(super) fn come_at_once(&self) -> bool {
        match self.offered {
            Offered::Clients { clients, think } => think.is_zero() && clients > self.workers,
            Offered::Rate(_) => false,
        }
    }
}
