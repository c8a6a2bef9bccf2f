//! What would have to run if the circumstances were others.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::diagnosis::Seen;
use super::estimate::{Estimate, Span};
use super::finding::Finding;
use super::model::Law;
use super::request::Offered;
use super::settings::{Demand, Settings};
use super::verdict::{Choice, Reason, Verdict};
use crate::base::serialized::seconds;
use crate::base::{as_f64, whole};

/// The part of its time with a worker that a session computes from which more time is more computing.
const COMPUTES: f64 = 0.5;

/// What would have to run in another case: by calculation, not by measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// Which case.
    pub case: Case,
    /// So many workers.
    pub workers: usize,
    /// Where the smallest number that is good enough may lie at 95 %.
    pub span: Span,
    /// Why, in a sentence.
    pub note: String,
    /// What it means for clients, where there are too many of them for the workers.
    pub crowd: Option<Crowd>,
}

/// Clients of whom each comes again when it was served and after a pause, too many for the workers: those
/// serve one session after the other, no more and no less of them however many wait.
///
/// A session then takes `clients / throughput - pause` in the mean, the response time law (Little's law
/// of the whole loop; Denning and Buzen 1978), and no longer than with as many clients as there are
/// workers and places in the queue, unless those beyond them, who are refused, come again so fast that this
/// takes time from the others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Crowd {
    /// How many there are.
    pub clients: usize,
    /// How many of them, in the mean, find neither a worker nor a place in the queue.
    pub turned_away: usize,
    /// How long a session takes in the mean.
    #[serde(rename = "mean_seconds", with = "seconds")]
    pub mean: Duration,
    /// How long it takes in the mean with half as many clients.
    #[serde(rename = "before_seconds", with = "seconds")]
    pub before: Duration,
}

/// What may be otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Case {
    /// Twice as many clients come, or twice as often.
    ClientsDoubled,
    /// A session keeps a worker for twice as long.
    ServiceDoubled,
}

/// What would have to run in the cases that are looked at.
pub(super) fn cases(found: &Finding, settings: &Settings, seen: &Seen) -> Vec<Sensitivity> {
    let Some((choice, estimate)) = found.choice() else {
        return Vec::new();
    };
    let clients = clients_doubled(found, choice, settings, seen);
    let service = service_doubled(choice, estimate, seen);
    vec![clients, service]
}

fn clients_doubled(
    found: &Finding,
    choice: &Choice,
    settings: &Settings,
    seen: &Seen,
) -> Sensitivity {
    // As many clients as keep all workers occupied are never the limit.
    let is_asked = !matches!(settings.demand, Demand::PerWorker(_));
    let of = |times, note| Sensitivity::of(Case::ClientsDoubled, choice, times, note);
    if is_asked && seen.is_limited_by_demand() {
        return of(
            2,
            "The demand was the limit, so twice as much of it needs twice the workers, as long as \
             nothing else becomes the limit: measure it before you rely on it.",
        );
    }
    let crowd = match settings.offered(choice.candidate) {
        Offered::Clients { clients, think } => Crowd::doubled(choice, clients, think),
        Offered::Rate(_) => None,
    };
    let note = match found.verdict {
        Verdict::Untold {
            reason: Reason::NotReached,
            ..
        } => {
            "They are the limit already, and more workers than were tried may serve more clients; of \
             these, more of them wait or are refused."
        }
        _ => {
            "These keep it at its limit already, so that the answer is the same for more of them; more of \
             them wait or are refused."
        }
    };
    Sensitivity {
        crowd,
        ..of(1, note)
    }
}

/// Scales the likeliest law: twice the service time is half the rate of each worker. A cap stays where it
/// is if it is not made of the work itself, nor do cores become fewer; the share that workers take from each
/// other stays as it is.
fn service_doubled(choice: &Choice, estimate: &Estimate, seen: &Seen) -> Sensitivity {
    let law = estimate.contest.fits.first().map(|fit| fit.law);
    let is_capped = matches!(law, Some(Law::Capped | Law::SoftCapped));
    let of = |times, note: &str| Sensitivity::of(Case::ServiceDoubled, choice, times, note);
    match seen.computing() {
        Some(part) if part >= COMPUTES => {
            let note = format!(
                "A session computes for {:.0} % of the time it keeps a worker, so twice as long \
                 takes more of the cores as well, and as many workers are enough for what they can do then. \
                 If it only waits for the additional time, run twice as many.",
                100.0 * part.min(1.0)
            );
            of(1, &note)
        }
        _ if is_capped || seen.few_cores().is_some() => of(
            2,
            "If a session waits for the additional time and does not compute, each worker serves half \
             as much and the cap stays where it is: it takes twice the workers to reach it. If it computes, \
             as many are enough.",
        ),
        _ => of(
            1,
            "Each worker serves half as much, and as many of them are where they hinder each other.",
        ),
    }
}

impl Sensitivity {
    /// So many times the workers of the verdict.
    fn of(case: Case, choice: &Choice, times: usize, note: &str) -> Self {
        Self {
            case,
            workers: choice.candidate.workers.saturating_mul(times),
            span: choice.span.times(times),
            note: note.to_owned(),
            crowd: None,
        }
    }
}

impl Crowd {
    /// Twice as many clients as there were. None where throughput is no number.
    fn doubled(choice: &Choice, clients: usize, think: Duration) -> Option<Self> {
        let Candidate { workers, queue } = choice.candidate;
        let (goodput, room) = (choice.band.goodput, as_f64(workers.saturating_add(queue)));
        // Those who do not pause.
        let there = |clients: usize| as_f64(clients) - goodput * think.as_secs_f64();
        let takes = |clients| {
            let seconds = there(clients).min(room) / goodput;
            Duration::try_from_secs_f64(seconds).ok()
        };
        let doubled = clients.saturating_mul(2);
        Some(Self {
            clients: doubled,
            turned_away: whole((there(doubled) - room).max(0.0)),
            mean: takes(doubled)?,
            before: takes(clients)?,
        })
    }

    /// By how much longer a session takes.
    pub fn times(&self) -> f64 {
        self.mean.as_secs_f64() / self.before.as_secs_f64()
    }
}

impl Span {
    fn times(self, factor: usize) -> Self {
        let [low, middle, high] =
            [self.low, self.middle, self.high].map(|count| count.saturating_mul(factor));
        Self { low, middle, high }
    }
}

#[cfg(test)]
mod tests {
    use super::super::estimate::Band;
    use super::super::model::Interval;
    use super::super::request::{Purpose, TrialRequest};
    use super::super::simulated::Simulated;
    use super::super::target::Target;
    use super::*;

    fn choice(workers: usize, queue: usize, goodput: f64) -> Choice {
        let none = Interval {
            low: 0.0,
            high: 0.0,
        };
        let span = Span {
            low: workers,
            middle: workers,
            high: workers,
        };
        Choice {
            candidate: Candidate { workers, queue },
            span,
            band: Band {
                workers,
                goodput,
                interval: none,
                loss: 0.0,
                loss_interval: none,
                expected_loss: 0.0,
                meets: 1.0,
                chance: 1.0,
            },
        }
    }

    #[test]
    fn a_crowd_twice_as_large_waits_and_is_turned_away_as_in_a_server_that_is_known() {
        let most = 4650.0;
        for (queue, clients, think, turned_away) in [
            (200, 40, 0, 0),
            (48, 40, 0, 22),
            (20, 40, 0, 50),
            (200, 60, 4, 0),
        ] {
            let choice = choice(10, queue, most);
            let think = Duration::from_millis(think);
            let mut server = Simulated::new(1, 0.0, |_| most);
            let mut seen = |clients| {
                let request = TrialRequest {
                    purpose: Purpose::Sweep,
                    candidate: choice.candidate,
                    offered: Offered::Clients { clients, think },
                    length: Duration::from_secs(1),
                };
                let split = server.run(&request).unwrap().split;
                (split.queue + split.service).as_secs_f64()
            };
            let crowd = Crowd::doubled(&choice, clients, think).unwrap();
            assert_eq!(crowd.turned_away, turned_away);
            let [before, after] = [seen(clients), seen(2 * clients)];
            for (said, seen) in [(crowd.before, before), (crowd.mean, after)] {
                let off = said.as_secs_f64() / seen - 1.0;
                assert!(off.abs() < 1e-6, "{crowd:?} {before} {after}");
            }
        }
    }

    #[test]
    fn of_a_server_that_serves_nobody_nothing_is_said() {
        assert_eq!(
            Crowd::doubled(&choice(10, 48, 0.0), 40, Duration::ZERO),
            None
        );
    }
}
