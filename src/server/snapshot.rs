//! What a server says about itself while it serves: each session there is, and how many wait.

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
    /// The worker that serves it, counted from one.
    pub worker: usize,
    /// The other end, as its owner knows it: an IPv4 client of a dual-stack listener has its IPv4
    /// address.
    pub client: SocketAddr,
    /// What it is doing, which is never [`State::Idle`].
    pub state: State,
    /// For how long it has been doing that, to a few hundredths of a second.
    pub since: Duration,
    /// Commands answered so far.
    pub commands: u64,
}

impl Server {
    /// Everything the server says of itself.
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

    /// Lines about sessions that the log has left out.
    pub fn omitted_lines(&self) -> u64 {
        self.shared.journal.log().omitted()
    }

    /// What is told in histograms.
    pub fn histograms(&self) -> Histograms {
        self.shared.counters.histograms()
    }

    /// When the first in the queue arrived, and the sessions that are being served; times since `epoch`.
    pub fn under_way(&self, epoch: Instant) -> (Option<Duration>, Vec<UnderWay>) {
        let now = Instant::now();
        // The queue first: whoever leaves it meanwhile is seen twice rather than not at all.
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

    /// Every session that is being served, in the order of the workers. Each is seen whole; between
    /// two of them time passes.
    pub fn sessions(&self) -> Vec<SessionView> {
        let now = self.shared.clock.now();
        let slots = self.shared.slots.all();
        let numbered = (1..).zip(slots.iter());
        numbered
            .filter_map(|(worker, slot)| view(worker, slot, now))
            .collect()
    }

    /// How many workers there are in each state. While some have still to retire they are more than
    /// there are to be.
    pub fn states(&self) -> ByState<usize> {
        let mut states = ByState::default();
        let slots = self.shared.slots.all();
        for slot in slots.iter().filter(|slot| slot.is_manned()) {
            *states.of_mut(slot.look().state()) += 1;
        }
        states
    }

    /// How many connections wait for a worker.
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
        // Between letting go of a session and saying so, a worker is idle.
        state: occupancy.map_or(State::Idle, |_| seen.state()),
        since_seconds: since(seen, now).as_secs_f64(),
        occupancy,
    }
}

/// For how long it has been in its state.
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
