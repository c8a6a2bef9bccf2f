//! What a server says about itself while it serves: each session there is, and how many wait.

use std::net::SocketAddr;
use std::time::Duration;

use super::Server;
use super::slot::Slot;
use super::tick::{TICK, Tick};
use crate::observe::{ByState, State};

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
    /// Every session that is being served, in the order of the workers. Each is seen whole; between
    /// two of them time passes.
    pub fn sessions(&self) -> Vec<SessionView> {
        let now = self.shared.clock.now();
        let slots = self.shared.roster.slots();
        let numbered = (1..).zip(slots.iter());
        numbered
            .filter_map(|(worker, slot)| view(worker, slot, now))
            .collect()
    }

    /// How many workers there are in each state. While some have still to retire they are more than
    /// there are to be.
    pub fn states(&self) -> ByState<usize> {
        let mut states = ByState::default();
        let slots = self.shared.roster.slots();
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
    let (seen, client) = slot.look_closely()?;
    let ticks = u32::try_from(now.since(seen.since())).unwrap_or(u32::MAX);
    Some(SessionView {
        worker,
        client: SocketAddr::new(client.ip().to_canonical(), client.port()),
        state: seen.state(),
        since: TICK.saturating_mul(ticks),
        commands: seen.commands,
    })
}
