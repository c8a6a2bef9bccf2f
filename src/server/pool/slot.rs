//! The slot of one worker: the state it publishes, and the handle to end its session from outside.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::connection::Connection;
use super::termination::Termination;
use crate::observe::State;
use crate::server::clients::seconds_with;
use crate::server::sync::{
    AtomicBool, AtomicU8, AtomicU32, AtomicU64, Mutex, MutexGuard, Ordering, PoisonError,
};
use crate::server::tick::Tick;

/// The bits of the state within the activity word.
const STATE_BITS: u32 = 3;

fn state_from(bits: u64) -> State {
    match bits & ((1 << STATE_BITS) - 1) {
        1 => State::Awaiting,
        2 => State::Reading,
        3 => State::Working,
        4 => State::Writing,
        _ => State::Idle,
    }
}

/// One worker's slot: written by the worker, read by the reaper, on a cache line of its own.
///
/// The hot path makes two or three relaxed stores and no clock read. `activity` is one word, so that the
/// reaper never combines the state of one moment with the tick of another.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Slot<C = TcpStream> {
    /// The state in the low bits, and above it the tick at which the state began.
    activity: AtomicU64,
    /// The number of the session: the count of sessions begun by this worker.
    session: AtomicU64,
    /// The tick at which the session began.
    begun: AtomicU64,
    /// Commands answered in this session.
    commands: AtomicU64,
    /// Commands answered in all sessions of this slot.
    all_commands: AtomicU64,
    /// Bytes read in this session before the worker last began to wait.
    read: AtomicU64,
    /// The client's use of the pool at the tick in `charged`, in seconds, as the bits of an `f32`.
    client_seconds: AtomicU32,
    /// The tick up to which the client has been charged for the session.
    charged: AtomicU64,
    /// The tick at which the worker was asked to close the session after its next reply; 0 if it was not.
    asked_to_give_way: AtomicU64,
    /// One more than the index of the [`Termination`]; 0 for none.
    termination: AtomicU8,
    /// Whether a worker has this slot.
    is_manned: AtomicBool,
    /// The session's connection, while there is one. Shutdowns happen under this lock, and the worker
    /// removes the connection under it before closing. So a shutdown never hits a descriptor that was
    /// reused for another session.
    held: Mutex<Option<Held<C>>>,
}

/// The session a worker holds.
#[derive(Debug)]
struct Held<C> {
    connection: Arc<C>,
    visit: Visit,
}

/// The properties of a session that are known before it begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Visit {
    pub(crate) client: SocketAddr,
    /// The time of arrival, before the wait.
    pub(crate) arrived: Instant,
    /// The length of the wait.
    pub(crate) waited: Duration,
    /// The client's use of the pool before this session, in seconds.
    pub(crate) client_seconds: f32,
}

/// A copy of a slot's values at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SlotState {
    activity: u64,
    pub(crate) session: u64,
    pub(crate) begun: Tick,
    pub(crate) commands: u64,
    read: u64,
    /// As the bits of an `f32`.
    client_seconds: u32,
    charged: Tick,
}

impl SlotState {
    /// The client's use of the pool, in seconds. It includes this session up to now, and other sessions up
    /// to their last charge.
    pub(crate) fn seconds(self, now: Tick) -> f32 {
        let before = f32::from_bits(self.client_seconds);
        seconds_with(before, now.time_since(self.charged))
    }

    pub(crate) fn state(self) -> State {
        state_from(self.activity)
    }

    /// The tick at which the state began.
    pub(crate) fn since(self) -> Tick {
        Tick(self.activity >> STATE_BITS)
    }
}

impl<C> Default for Slot<C> {
    fn default() -> Self {
        Self {
            activity: AtomicU64::new(0),
            session: AtomicU64::new(0),
            begun: AtomicU64::new(0),
            commands: AtomicU64::new(0),
            all_commands: AtomicU64::new(0),
            read: AtomicU64::new(0),
            client_seconds: AtomicU32::new(0),
            charged: AtomicU64::new(0),
            asked_to_give_way: AtomicU64::new(0),
            termination: AtomicU8::new(0),
            is_manned: AtomicBool::new(false),
            held: Mutex::new(None),
        }
    }
}

impl<C: Connection> Slot<C> {
    /// Assigns the slot to a worker, which is idle at first.
    pub(crate) fn man(&self, now: Tick) {
        self.enter(State::Idle, now);
        self.is_manned.store(true, Ordering::Relaxed);
    }

    /// Releases the slot of a retired worker for another one.
    pub(crate) fn leave(&self) {
        self.is_manned.store(false, Ordering::Relaxed);
    }

    pub(crate) fn is_manned(&self) -> bool {
        self.is_manned.load(Ordering::Relaxed)
    }

    /// Publishes the begin of a session.
    pub(crate) fn begin(&self, connection: &Arc<C>, visit: Visit, now: Tick) {
        let mut held = self.lock();
        self.session.fetch_add(1, Ordering::Relaxed);
        self.begun.store(now.0, Ordering::Relaxed);
        self.commands.store(0, Ordering::Relaxed);
        self.read.store(0, Ordering::Relaxed);
        self.termination.store(0, Ordering::Relaxed);
        self.asked_to_give_way.store(0, Ordering::Relaxed);
        self.set_use(visit.client_seconds, now);
        self.enter(State::Awaiting, now);
        let connection = Arc::clone(connection);
        *held = Some(Held { connection, visit });
    }

    /// Withdraws the session: from here on only the worker can touch its connection. Returns the length of
    /// the session that the client was charged for.
    pub(crate) fn end(&self, now: Tick) -> Duration {
        let mut held = self.lock();
        self.enter(State::Idle, now);
        *held = None;
        let begun = Tick(self.begun.load(Ordering::Relaxed));
        Tick(self.charged.load(Ordering::Relaxed)).time_since(begun)
    }

    /// Charges the client for the session up to now. The function gets the time and returns the client's
    /// use.
    pub(crate) fn charge(&self, now: Tick, charge: impl FnOnce(SocketAddr, Duration) -> f32) {
        let held = self.lock();
        // The lock is held until the use is published: the worker that ends the session charges the rest.
        if let Some(Held { visit, .. }) = held.as_ref() {
            let charged = Tick(self.charged.load(Ordering::Relaxed));
            let seconds = charge(visit.client, now.time_since(charged));
            self.set_use(seconds, now);
        }
    }

    fn set_use(&self, seconds: f32, now: Tick) {
        self.client_seconds
            .store(seconds.to_bits(), Ordering::Relaxed);
        self.charged.store(now.0, Ordering::Relaxed);
    }

    /// Publishes a new state of the worker.
    pub(crate) fn enter(&self, state: State, now: Tick) {
        let word = now.0 << STATE_BITS | state as u64;
        self.activity.store(word, Ordering::Relaxed);
    }

    /// Publishes the count of answered commands. Only the slot's worker writes it, so load and store need
    /// not be one operation.
    pub(crate) fn count(&self, more: u64) {
        for counter in [&self.commands, &self.all_commands] {
            counter.store(counter.load(Ordering::Relaxed) + more, Ordering::Relaxed);
        }
    }

    /// Publishes the bytes that the worker has read, once it has processed all of them.
    pub(crate) fn note_read(&self, bytes: u64) {
        // Release, because a thread that sees this number must also see the worker's earlier `Working`
        // state.
        self.read.store(bytes, Ordering::Release);
    }

    pub(crate) fn commands(&self) -> u64 {
        self.commands.load(Ordering::Relaxed)
    }

    /// The number of the slot's current or last session.
    pub(crate) fn session(&self) -> u64 {
        self.session.load(Ordering::Relaxed)
    }

    /// Commands answered in all sessions of the slot.
    pub(crate) fn all_commands(&self) -> u64 {
        self.all_commands.load(Ordering::Relaxed)
    }

    /// Asks the worker to close the session after its next reply, if that comes soon.
    pub(crate) fn ask_to_give_way(&self, now: Tick) {
        self.asked_to_give_way
            .store(now.0.max(1), Ordering::Relaxed);
    }

    /// Whether the worker is to close the session now that it has replied. A request expires after two
    /// ticks. While clients wait it is renewed; later another session may be chosen.
    pub(crate) fn gives_way(&self, now: Tick) -> bool {
        let asked = self.asked_to_give_way.load(Ordering::Relaxed);
        asked != 0 && now.since(Tick(asked)) <= 2
    }

    /// The reason for ending the session from outside, if there is one.
    pub(crate) fn termination(&self) -> Option<Termination> {
        let index = usize::from(self.termination.load(Ordering::Acquire)).checked_sub(1)?;
        Termination::ALL.get(index).copied()
    }

    pub(crate) fn look(&self) -> SlotState {
        let read = self.read.load(Ordering::Acquire);
        SlotState {
            activity: self.activity.load(Ordering::Relaxed),
            session: self.session(),
            begun: Tick(self.begun.load(Ordering::Relaxed)),
            commands: self.commands(),
            read,
            client_seconds: self.client_seconds.load(Ordering::Relaxed),
            charged: Tick(self.charged.load(Ordering::Relaxed)),
        }
    }

    /// The current session with its properties from before it began.
    pub(crate) fn look_closely(&self) -> Option<(SlotState, Visit)> {
        let held = self.lock();
        held.as_ref().map(|held| (self.look(), held.visit))
    }

    /// Ends the observed session if it is unchanged; returns whether it was.
    ///
    /// If the worker has since read, answered or written, the session is judged again in the next round.
    pub(crate) fn terminate(&self, termination: Termination, seen: SlotState) -> bool {
        let held = self.lock();
        let Some(Held { connection, .. }) = held.as_ref() else {
            return false;
        };
        let outranked = self
            .termination()
            .is_some_and(|old| !termination.outranks(old));
        if outranked || !self.is_as_seen(termination, seen) {
            return false;
        }
        if termination.needs_silence() && !connection.is_silent(seen.read) {
            return false;
        }
        let code = u8::try_from(termination as usize + 1).unwrap_or(0);
        self.termination.store(code, Ordering::Release);
        connection.shut_down(termination.shutdown());
        true
    }

    /// Limits on one state require that very state; limits on the session require only that session.
    fn is_as_seen(&self, termination: Termination, seen: SlotState) -> bool {
        let now = self.look();
        match termination {
            Termination::Cut => true,
            Termination::SessionTimeout => now.session == seen.session,
            Termination::Idle
            | Termination::Drained
            | Termination::CommandTimeout
            | Termination::WriteTimeout
            | Termination::Reclaimed
            | Termination::ReclaimedReading
            | Termination::ReclaimedWriting => now == seen,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Held<C>>> {
        // No code panics while it holds this lock, so a poisoned slot still has valid data.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, feature = "model"))]
mod model;

#[cfg(test)]
impl Visit {
    /// A client that has just arrived and did not wait.
    fn of(client: SocketAddr) -> Self {
        Self {
            client,
            arrived: Instant::now(),
            waited: Duration::ZERO,
            client_seconds: 0.0,
        }
    }
}

#[cfg(all(test, not(feature = "model")))]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    fn pair() -> (Arc<TcpStream>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (Arc::new(listener.accept().unwrap().0), client)
    }

    fn began(slot: &Slot, at: Tick) -> (Arc<TcpStream>, TcpStream) {
        let (stream, client) = pair();
        slot.begin(&stream, Visit::of(client.local_addr().unwrap()), at);
        (stream, client)
    }

    #[test]
    fn state_and_tick_are_read_back_as_written() {
        let slot = Slot::<TcpStream>::default();
        for state in [
            State::Idle,
            State::Awaiting,
            State::Reading,
            State::Working,
            State::Writing,
        ] {
            for tick in [Tick(0), Tick(1), Tick(1 << 40)] {
                slot.enter(state, tick);
                assert_eq!((slot.look().state(), slot.look().since()), (state, tick));
            }
        }
    }

    #[test]
    fn a_session_that_moved_on_is_not_sentenced() {
        let slot = Slot::<TcpStream>::default();
        let _pair = began(&slot, Tick(1));
        let seen = slot.look();
        slot.enter(State::Awaiting, Tick(2));
        assert!(!slot.terminate(Termination::Idle, seen));
        assert_eq!(slot.termination(), None);
    }

    #[test]
    fn a_client_whose_bytes_were_read_and_not_dealt_with_is_not_silent() {
        let slot = Slot::<TcpStream>::default();
        let (stream, mut client) = began(&slot, Tick(1));
        client.write_all(b"T").unwrap();
        assert_eq!((&*stream).read(&mut [0]).unwrap(), 1);
        assert!(!slot.terminate(Termination::Drained, slot.look()));
        slot.note_read(1);
        assert!(slot.terminate(Termination::Drained, slot.look()));
    }

    #[test]
    fn a_client_whose_bytes_were_not_read_yet_is_not_silent() {
        let slot = Slot::<TcpStream>::default();
        let (_stream, mut client) = began(&slot, Tick(1));
        client.write_all(b"T").unwrap();
        assert!(!slot.terminate(Termination::Drained, slot.look()));
        assert!(!slot.terminate(Termination::Idle, slot.look()));
        assert!(slot.terminate(Termination::SessionTimeout, slot.look()));
    }

    #[test]
    fn a_session_that_ended_is_not_sentenced_nor_is_the_next_one() {
        let slot = Slot::<TcpStream>::default();
        let _first = began(&slot, Tick(1));
        let seen = slot.look();
        slot.end(Tick(1));
        assert!(!slot.terminate(Termination::Cut, seen));
        let _second = began(&slot, Tick(9));
        assert!(!slot.terminate(Termination::Idle, seen));
        assert!(!slot.terminate(Termination::SessionTimeout, seen));
        assert_eq!(slot.termination(), None);
    }

    #[test]
    fn a_session_that_began_in_the_same_tick_is_another_one() {
        let slot = Slot::<TcpStream>::default();
        let _first = began(&slot, Tick(5));
        let seen = slot.look();
        slot.end(Tick(5));
        let _second = began(&slot, Tick(5));
        assert!(!slot.terminate(Termination::Drained, seen));
        assert!(!slot.terminate(Termination::SessionTimeout, seen));
    }

    #[test]
    fn a_gentle_sentence_yields_to_a_hard_one_and_to_no_other() {
        let slot = Slot::<TcpStream>::default();
        let (stream, _client) = began(&slot, Tick(1));
        let seen = slot.look();
        assert!(slot.terminate(Termination::Drained, seen));
        assert!(!slot.terminate(Termination::Idle, seen));
        assert_eq!(slot.termination(), Some(Termination::Drained));
        assert_eq!(
            (&*stream).read(&mut [0]).unwrap(),
            0,
            "reading side is shut"
        );
        assert!(slot.terminate(Termination::Cut, seen));
        assert!(!slot.terminate(Termination::WriteTimeout, seen));
        assert_eq!(slot.termination(), Some(Termination::Cut));
    }

    #[test]
    fn a_new_session_is_under_no_sentence() {
        let slot = Slot::<TcpStream>::default();
        let _first = began(&slot, Tick(1));
        assert!(slot.terminate(Termination::Cut, slot.look()));
        slot.end(Tick(2));
        let _second = began(&slot, Tick(3));
        assert_eq!(slot.termination(), None);
    }
}
