//! Snapshots of a running server: sessions, queue, workers, counters.

use std::net::SocketAddr;
use std::sync::Weak;
use std::time::{Duration, Instant};

use super::drain::Phase;
use super::front::Listener;
use super::ledger::{Balance, Class, Outcome};
use super::pool::{Slot, SlotState};
use super::server::Server;
use super::tick::{TICK, Tick};
use crate::observe::{
    Backlog, ByState, Histograms, LedgerView, Life, Occupancy, PausesView, QueueView, Snapshot,
    State, WorkerView, Workers,
};
use crate::whatif::{SessionId, UnderWay};

/// One session at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionView {
    /// The number of the session's worker, counted from 1.
    pub worker: usize,
    /// The client's address. An IPv4 client of a dual-stack listener is shown with its IPv4 address.
    pub client: SocketAddr,
    /// The state of the session, which is never [`State::Idle`].
    pub state: State,
    /// The time in this state, accurate to a few hundredths of a second.
    pub since: Duration,
    /// The number of commands answered so far.
    pub commands: u64,
}

impl Server {
    /// The complete state that the server reports.
    pub fn snapshot(&self) -> Snapshot {
        let now = self.shared.clock.now();
        let slots = self.shared.slots.all();
        let mut states = ByState::default();
        let mut pool = Vec::with_capacity(slots.len());
        for (worker, slot) in (1..).zip(slots.iter()).filter(|(_, slot)| slot.is_manned()) {
            let view = view_worker(worker, slot, now);
            *states.of_mut(view.state) += 1;
            pool.push(view);
        }
        let commands = slots.iter().map(|slot| slot.all_commands()).sum();
        drop(slots);
        let pauses = self.shared.counters.pauses();
        Snapshot {
            listen: self.addresses().to_vec(),
            life: self.shared.life.phase().into(),
            workers: Workers {
                wanted: self.workers(),
                states,
            },
            worker_seconds: self.shared.counters.worker_seconds(),
            queue: self.queue(),
            deferred: self.shared.counters.deferred(),
            backlogs: self.backlogs(),
            ledger: self.balance().into(),
            recent: self.shared.recent(),
            commands,
            accept_pauses: PausesView {
                count: pauses.count,
                seconds: pauses.time.as_secs_f64(),
            },
            pool,
        }
    }

    /// The number of session log lines that were omitted.
    pub fn omitted_lines(&self) -> u64 {
        self.shared.journal.log().omitted()
    }

    /// The histograms of the counters.
    pub fn histograms(&self) -> Histograms {
        self.shared.counters.histograms()
    }

    /// The arrival of the oldest queued client, and the sessions being served. Times count from `epoch`.
    pub fn under_way(&self, epoch: Instant) -> (Option<Duration>, Vec<UnderWay>) {
        let now = Instant::now();
        // The queue is read first: a session that leaves it meanwhile is then seen twice, not missed.
        let wait = self.shared.queue.wait(now);
        let slots = self.shared.slots.all();
        let held = (1..).zip(slots.iter()).filter_map(|(worker, slot)| {
            let (seen, visit) = slot.look_closely()?;
            let number = seen.session;
            Some(UnderWay {
                session: SessionId { worker, number },
                arrived: visit.arrived.saturating_duration_since(epoch),
                waited: visit.waited,
            })
        });
        let oldest = wait.and_then(|wait| now.checked_sub(wait.oldest));
        let oldest = oldest.map(|arrived| arrived.saturating_duration_since(epoch));
        (oldest, held.collect())
    }

    fn queue(&self) -> QueueView {
        let wait = self.shared.queue.wait(Instant::now());
        QueueView {
            depth: self.shared.queue.len(),
            capacity: self.shared.queue.places(),
            high_water: self.shared.queue.high_water(),
            oldest_seconds: wait.map_or(0.0, |wait| wait.oldest.as_secs_f64()),
        }
    }

    #[cfg(target_os = "linux")]
    fn backlogs(&self) -> Vec<Backlog> {
        let backlog = |(listener, addr): (&Weak<Listener>, &SocketAddr)| {
            let (length, limit) = super::socket_options::backlog(&*listener.upgrade()?).ok()?;
            Some(Backlog {
                listener: *addr,
                length,
                limit,
            })
        };
        let listeners = self.backlogs.iter().zip(self.addresses());
        listeners.filter_map(backlog).collect()
    }

    #[cfg(not(target_os = "linux"))]
    fn backlogs(&self) -> Vec<Backlog> {
        Vec::new()
    }

    /// All sessions being served, in the order of the workers. Each view is consistent; different views are
    /// taken at slightly different times.
    pub fn sessions(&self) -> Vec<SessionView> {
        let now = self.shared.clock.now();
        let slots = self.shared.slots.all();
        let numbered = (1..).zip(slots.iter());
        numbered
            .filter_map(|(worker, slot)| view(worker, slot, now))
            .collect()
    }

    /// The number of workers in each state. The sum exceeds the wanted number while surplus workers have
    /// still to retire.
    pub fn states(&self) -> ByState<usize> {
        let mut states = ByState::default();
        let slots = self.shared.slots.all();
        for slot in slots.iter().filter(|slot| slot.is_manned()) {
            *states.of_mut(slot.look().state()) += 1;
        }
        states
    }

    /// The number of connections in the queue.
    pub fn waiting(&self) -> usize {
        self.shared.queue.len()
    }
}

fn view(worker: usize, slot: &Slot, now: Tick) -> Option<SessionView> {
    let (seen, visit) = slot.look_closely()?;
    Some(SessionView {
        worker,
        client: canonical(visit.client),
        state: seen.state(),
        since: since(seen, now),
        commands: seen.commands,
    })
}

fn view_worker(worker: usize, slot: &Slot, now: Tick) -> WorkerView {
    let (seen, occupancy) = match slot.look_closely() {
        None => (slot.look(), None),
        Some((seen, visit)) => {
            let occupancy = Occupancy {
                client: canonical(visit.client),
                commands: seen.commands,
                age_seconds: between(seen.begun, now).as_secs_f64(),
            };
            (seen, Some(occupancy))
        }
    };
    WorkerView {
        worker,
        // A worker releases its session shortly before it publishes this, and is idle in between.
        state: occupancy.map_or(State::Idle, |_| seen.state()),
        since_seconds: since(seen, now).as_secs_f64(),
        occupancy,
    }
}

/// The time that the worker has been in its state.
fn since(seen: SlotState, now: Tick) -> Duration {
    between(seen.since(), now)
}

fn between(earlier: Tick, now: Tick) -> Duration {
    let ticks = u32::try_from(now.since(earlier)).unwrap_or(u32::MAX);
    TICK.saturating_mul(ticks)
}

fn canonical(client: SocketAddr) -> SocketAddr {
    SocketAddr::new(client.ip().to_canonical(), client.port())
}

impl From<Phase> for Life {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Running => Self::Running,
            Phase::LameDuck => Self::LameDuck,
            Phase::Draining => Self::Draining,
            Phase::Cutting => Self::Cutting,
        }
    }
}

impl From<Balance> for LedgerView {
    fn from(balance: Balance) -> Self {
        let of_class = |class| {
            let outcomes = Outcome::ALL.into_iter().filter(|it| it.class() == class);
            let counted = outcomes.map(|it| (it.name().to_owned(), balance.count(it)));
            counted.collect()
        };
        Self {
            accepted: balance.accepted(),
            served: of_class(Class::Served),
            refused: of_class(Class::Refused),
            closed: of_class(Class::Closed),
            failed: of_class(Class::Failed),
            probes: balance.count(Outcome::Probe),
        }
    }
}
