//! One run under load: from the request to the trial.

use std::cell::Cell;
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit};

use super::sampled::{Figures, Sampled, watch};
use crate::base::{Stop, as_f64};
use crate::client::Target;
use crate::clock::Zone;
use crate::load::{
    self, Arrivals, Drive, End, Failure, Judged, Length, Measurement, Observer, Plan, Shape, Shard,
    Slo, Sources, Stages,
};
use crate::tune::{
    self, Candidate, Evidence, Latency, Offered, Split, TargetError, Trial, TrialRequest,
};

/// The delay that makes a session late: more than the resolution of an event loop's wake-up.
const LATE: Duration = Duration::from_millis(1);

/// Sessions at a time of an open loop, besides twice the sessions that a server can hold. Refused sessions
/// are over soon. With many more, a load generator on shared cores would answer late and measure itself.
const BESIDES: usize = 2000;

/// The share of other clients' sessions, relative to its own, that still leaves a load valid.
const FEW_OTHERS: f64 = 0.1;

/// The most sessions that wait to be accepted. The server admits or refuses them at once.
const MOST_UNDER_WAY: usize = 256;

/// Descriptors reserved for other uses than sessions.
const OTHER_DESCRIPTORS: usize = 256;

/// The audit of the load generator that does not invalidate a trial, but shows the bottleneck.
const SATURATION: &str = "client saturation";

/// The settings that all runs of a tuning share.
#[derive(Debug, Clone)]
pub(crate) struct TrialSettings {
    /// The shape of a session.
    pub(crate) shape: Shape,
    /// The limit of every wait.
    pub(crate) timeout: Duration,
    /// The permitted error of the server's clock, and its zone.
    pub(crate) skew: Duration,
    pub(crate) zone: Zone,
    /// The warm-up before anything counts.
    pub(crate) warmup: Duration,
    /// The most event loops.
    pub(crate) threads: usize,
    /// Local addresses to connect from.
    pub(crate) sources: Sources,
    /// The seed of the random numbers. Each run derives its own numbers.
    pub(crate) seed: u64,
    pub(crate) runs: Cell<u64>,
    /// The command line, for repeating the tuning.
    pub(crate) command: String,
    /// The objectives of a trial.
    pub(crate) slo: Option<Slo>,
    /// Ends the current run.
    pub(crate) stop: Stop,
    /// The start of the tuning.
    pub(crate) epoch: Instant,
}

impl TrialSettings {
    /// Loads a server as requested, and samples it meanwhile.
    pub(crate) fn measure(
        &self,
        request: &TrialRequest,
        server: &Sampled<'_>,
    ) -> Result<(Measurement, Figures), TargetError> {
        let (measured, figures) = watch(server, request.length, |observer| {
            self.load(request, server.target.clone(), observer)
        });
        Ok((measured?, figures))
    }

    /// Loads a server as requested.
    pub(crate) fn load(
        &self,
        request: &TrialRequest,
        target: Target,
        observer: &mut dyn Observer,
    ) -> Result<Measurement, TargetError> {
        let plan = self.plan(request, target)?;
        match load::run(&plan, &self.command, &self.stop, observer) {
            Ok(measured) if measured.end == End::Interrupted => Err(TargetError::Interrupted),
            Ok(measured) => Ok(measured),
            Err(_) if self.stop.is_requested() => Err(TargetError::Interrupted),
            Err(err) => Err(TargetError::Failed(err.to_string())),
        }
    }

    fn plan(&self, request: &TrialRequest, target: Target) -> Result<Plan, TargetError> {
        let drive = match request.offered {
            // The shape of the session already contains the pause between two sessions.
            Offered::Clients { clients, think: _ } => Drive::Closed { clients },
            Offered::Rate(rate) => Drive::Open {
                stages: Stages::constant(rate).ok_or_else(|| no_rate(rate))?,
                arrivals: Arrivals::Poisson,
                clients: most_open(request.candidate),
            },
        };
        self.runs.set(self.runs.get().wrapping_add(1));
        Ok(Plan {
            target,
            threads: self.threads.min(drive.clients()).max(1),
            drive,
            shape: self.shape,
            length: Length::Duration {
                seconds: request.length,
            },
            warmup: self.warmup,
            timeout: self.timeout,
            sources: self.sources.clone(),
            seed: self.seed.wrapping_add(self.runs.get()),
            skew: self.skew,
            zone: self.zone,
            shard: Shard::default(),
            start_at: None,
        })
    }

    /// The trial of a run. It began with the start of its server.
    pub(crate) fn trial(
        &self,
        request: &TrialRequest,
        measured: &Measurement,
        figures: &Figures,
        began: Instant,
    ) -> Trial {
        let tally = &measured.tally;
        let judged = self.slo.as_ref().map(|slo| slo.judge(measured));
        let strains = judged.map(|judged| judged.iter().map(Judged::strain).fold(0.0, f64::max));
        Trial {
            purpose: request.purpose,
            candidate: request.candidate,
            offered: request.offered,
            began: began.saturating_duration_since(self.epoch),
            took: began.elapsed(),
            length: request.length,
            goodput: measured.goodput(),
            latency: latency(measured),
            split: split(measured, figures),
            refused: measured.share(tally.busy.count()),
            failed: measured.share(tally.errors()),
            strain: strains,
            evidence: evidence(measured, figures),
            doubts: doubts(measured, figures),
        }
    }
}

/// A server that can run every candidate.
pub(crate) trait Subject {
    /// The length of its queue, if no candidate can change it.
    fn queue(&self) -> Option<usize>;

    /// Runs a candidate and loads it as requested.
    fn measure(
        &mut self,
        settings: &TrialSettings,
        request: &TrialRequest,
    ) -> Result<Run, TargetError>;
}

/// All results of one run.
pub(crate) struct Run {
    pub(crate) measured: Measurement,
    pub(crate) figures: Figures,
    /// The time when its server was started or changed.
    pub(crate) began: Instant,
    /// The length of the run, including the time besides measuring.
    pub(crate) took: Duration,
}

/// Runs all trials in shared settings.
pub(crate) struct Trials<'a> {
    pub(crate) settings: &'a TrialSettings,
    pub(crate) subject: &'a mut dyn Subject,
}

impl tune::Target for Trials<'_> {
    fn run(&mut self, request: &TrialRequest) -> Result<Trial, TargetError> {
        if self.settings.stop.is_requested() {
            return Err(TargetError::Interrupted);
        }
        let run = self.subject.measure(self.settings, request)?;
        let trial = self
            .settings
            .trial(request, &run.measured, &run.figures, run.began);
        Ok(Trial {
            took: run.took,
            ..trial
        })
    }
}

fn no_rate(rate: f64) -> TargetError {
    TargetError::Failed(format!("{rate} sessions a second are no rate"))
}

/// The limit of open sessions, from the candidate and the available descriptors.
fn most_open(candidate: Candidate) -> usize {
    let Candidate { workers, queue } = candidate;
    let reason = workers.saturating_add(queue).saturating_mul(2);
    let limit = getrlimit(Resource::RLIMIT_NOFILE).map_or(0, |(soft, _)| soft);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let limit = limit.saturating_sub(OTHER_DESCRIPTORS).max(1);
    reason.saturating_add(BESIDES).min(limit)
}

fn latency(measured: &Measurement) -> Latency {
    let at = |quantile| {
        let percentile = measured.percentile(quantile);
        percentile.map_or(Duration::ZERO, |percentile| percentile.time)
    };
    Latency {
        p50: at(0.5),
        p95: at(0.95),
        p99: at(0.99),
    }
}

/// The parts of a good session's time. A worker holds the session until the close, so the close is
/// subtracted.
fn split(measured: &Measurement, figures: &Figures) -> Split {
    let close = measured.tally.close.mean().unwrap_or_default();
    Split {
        connect: measured.tally.connect.mean().unwrap_or_default(),
        queue: figures.waited.unwrap_or_default(),
        service: figures.lasted.unwrap_or_default().saturating_sub(close),
        close,
    }
}

fn evidence(measured: &Measurement, figures: &Figures) -> Evidence {
    let (tally, client) = (&measured.tally, &measured.client);
    let cores = as_f64(u64::try_from(measured.place.cores.max(1)).unwrap_or(u64::MAX));
    let busy = client.busy.iter().zip(&client.delayed);
    let busy = busy.map(|(busy, delayed)| busy + delayed);
    let took: f64 = client.busy.iter().chain(&client.spun).sum();
    let backlog = &measured.backlog;
    // This kernel does not know the backlog of another machine.
    let overflows = backlog.overflows.filter(|_| measured.place.shares_machine);
    let dropped = overflows.unwrap_or(backlog.retried);
    Evidence {
        client_busy: busy.fold(0.0, f64::max).min(1.0),
        client_cpu: Some((took / cores).min(1.0)),
        server_cpu: figures.server_cpu,
        others_cpu: figures.others_cpu.filter(|_| measured.place.shares_machine),
        occupied: figures.occupied,
        working: figures.working,
        dropped: share(dropped, tally.started.saturating_add(dropped)),
        late: late(measured),
        portless: share(tally.failed(Failure::NoPort).count(), tally.started),
    }
}

/// The share of scheduled sessions that began late or never.
fn late(measured: &Measurement) -> f64 {
    let scheduled = measured.client.scheduled;
    if !measured.plan.drive.is_open() || scheduled == 0 {
        return 0.0;
    }
    let began = share(measured.tally.started, scheduled).min(1.0);
    1.0 - began + began * measured.tally.lag.share_above(LATE)
}

/// The reasons to distrust a measurement: failed audits, and other clients on the server. A saturated load
/// generator is not a reason: it is an answer about the bottleneck.
fn doubts(measured: &Measurement, figures: &Figures) -> Vec<String> {
    let failed = measured.audits.iter().filter(|audit| !audit.is_passed());
    failed
        .filter(|audit| audit.name != SATURATION)
        .map(|audit| format!("{}: {}", audit.name, audit.evidence))
        .chain(others(measured, figures))
        .collect()
}

/// The message about other clients with more than a few of the accepted sessions.
fn others(measured: &Measurement, figures: &Figures) -> Option<String> {
    let own = measured.tally.started;
    let others = figures.accepted?.saturating_sub(own);
    // Some of our sessions began before the window and were accepted within it.
    let clients = measured.plan.drive.clients().min(MOST_UNDER_WAY);
    let few = FEW_OTHERS * as_f64(own) + as_f64(u64::try_from(clients).ok()?);
    (as_f64(others) > few).then(|| {
        format!("other clients: they began {others} sessions beside the {own} of this load")
    })
}

fn share(part: u64, whole: u64) -> f64 {
    as_f64(part) / as_f64(whole.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{Audit, AuditResult, Outcome, Then, Think, Times, sample};
    use crate::tune::Purpose;

    fn settings() -> TrialSettings {
        TrialSettings {
            shape: Shape {
                commands: 1,
                then: Then::Quit,
                pipeline: 1,
                think: Think::None,
            },
            timeout: Duration::from_secs(5),
            skew: Duration::ZERO,
            zone: Zone::Utc,
            warmup: Duration::ZERO,
            threads: 2,
            sources: Sources::default(),
            seed: 1,
            runs: Cell::default(),
            command: String::new(),
            slo: Some("p99<500ms,busy<2%".parse().unwrap()),
            stop: Stop::default(),
            epoch: Instant::now(),
        }
    }

    fn request(offered: Offered) -> TrialRequest {
        TrialRequest {
            purpose: Purpose::Sweep,
            candidate: Candidate {
                workers: 8,
                queue: 32,
            },
            offered,
            length: Duration::from_secs(1),
        }
    }

    fn trial_of(measured: &Measurement) -> Trial {
        let settings = settings();
        let request = request(Offered::Rate(100.0));
        settings.trial(&request, measured, &Figures::default(), settings.epoch)
    }

    #[test]
    fn a_trial_tells_what_was_measured() {
        // 11 000 sessions in eleven seconds, one in a hundred refused and one failed.
        let measured = sample::closed(1);
        let trial = trial_of(&measured);
        assert_eq!(trial.goodput, measured.goodput());
        assert_eq!((trial.refused, trial.failed), (0.01, 0.01));
        let p99 = measured.percentile(0.99).unwrap().time;
        assert_eq!(trial.latency.p99, p99);
        let strain = (p99.as_secs_f64() / 0.5).max(0.5);
        assert_eq!(trial.strain, Some(strain));
        assert_eq!(trial.evidence.occupied, None);
        assert_eq!(trial.evidence.late, 0.0, "a closed loop has no schedule");
    }

    #[test]
    fn a_saturated_client_is_evidence_and_anything_else_that_fails_a_doubt() {
        let mut measured = sample::closed(1);
        let audit = |name: &str| Audit {
            name: name.to_owned(),
            verdict: AuditResult::Failed,
            evidence: "so it is".to_owned(),
        };
        measured.client.busy = vec![0.99, 0.2];
        measured.client.delayed = vec![0.0, 0.0];
        measured.audits = vec![audit(SATURATION)];
        let trial = trial_of(&measured);
        assert_eq!(trial.doubts, Vec::<String>::new());
        assert_eq!(trial.evidence.client_busy, 0.99);
        measured.audits.push(audit("Little's law"));
        assert_eq!(trial_of(&measured).doubts, ["Little's law: so it is"]);
    }

    #[test]
    fn the_audit_that_is_evidence_has_the_name_that_it_is_known_by() {
        let audits = load::audit(&sample::closed(1));
        assert!(audits.iter().any(|audit| audit.name == SATURATION));
    }

    #[test]
    fn sessions_of_others_are_a_doubt_once_there_are_more_than_a_few() {
        let measured = sample::closed(1);
        let own = measured.tally.started;
        let doubts = |accepted| {
            let figures = Figures {
                accepted,
                ..Figures::default()
            };
            doubts(&measured, &figures)
        };
        let before = doubts(None);
        assert_eq!(doubts(Some(own)), before);
        assert_eq!(doubts(Some(own + own / 20)), before);
        let last = doubts(Some(own * 2)).pop().unwrap();
        let said =
            format!("other clients: they began {own} sessions beside the {own} of this load");
        assert_eq!(last, said);
    }

    #[test]
    fn what_this_machine_drops_or_others_take_of_it_is_nothing_to_a_server_elsewhere() {
        let mut measured = sample::closed(1);
        measured.backlog.overflows = Some(measured.tally.started);
        let figures = Figures {
            others_cpu: Some(0.3),
            ..Figures::default()
        };
        let here = evidence(&measured, &figures);
        assert_eq!((here.dropped, here.others_cpu), (0.5, Some(0.3)));
        measured.place.shares_machine = false;
        let elsewhere = evidence(&measured, &figures);
        assert_eq!((elsewhere.dropped, elsewhere.others_cpu), (0.0, None));
        measured.backlog.retried = measured.tally.started;
        assert_eq!(evidence(&measured, &figures).dropped, 0.5);
    }

    #[test]
    fn sessions_that_never_began_were_late() {
        let mut measured = sample::open(1);
        measured.tally.lag = Times::default();
        measured.client.scheduled = measured.tally.started * 2;
        assert_eq!(trial_of(&measured).evidence.late, 0.5);
        measured.tally.lag.record(LATE * 2);
        assert_eq!(trial_of(&measured).evidence.late, 1.0);
    }

    #[test]
    fn sessions_without_a_port_are_counted() {
        let mut measured = sample::closed(1);
        let none = Outcome::Failed(Failure::NoPort);
        for _ in 0..measured.tally.started {
            measured.tally.end(none, Duration::ZERO, Duration::ZERO);
        }
        assert_eq!(trial_of(&measured).evidence.portless, 1.0);
    }

    #[test]
    fn clients_are_a_closed_loop_and_a_rate_is_an_open_one_at_random() {
        let plan = |offered| settings().plan(&request(offered), Target::default());
        let clients = Offered::Clients {
            clients: 1,
            think: Duration::ZERO,
        };
        let closed = plan(clients).unwrap();
        assert_eq!(
            (closed.drive, closed.threads),
            (Drive::Closed { clients: 1 }, 1)
        );
        let open = plan(Offered::Rate(50.0)).unwrap();
        let Drive::Open { arrivals, .. } = open.drive else {
            panic!("no open loop");
        };
        assert_eq!((arrivals, open.threads), (Arrivals::Poisson, 2));
        assert!(plan(Offered::Rate(f64::NAN)).is_err());
        let settings = settings();
        let seed = || {
            settings
                .plan(&request(Offered::Rate(50.0)), Target::default())
                .unwrap()
                .seed
        };
        assert_ne!(seed(), seed(), "two runs are two samples");
    }
}
