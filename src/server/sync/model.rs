//! What the model checker does not bring along: a channel it can see into, and a clock it moves.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use shuttle::rand::{Rng, thread_rng};
use shuttle::sync::{Mutex, MutexGuard};

/// The first moment of every run.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

shuttle::lazy_static! {
    /// Milliseconds since [`START`], from nothing again in every run. Not a primitive of the
    /// checker: a reading of the clock is no moment at which threads meet.
    static ref PASSED: AtomicU64 = AtomicU64::new(0);
}

/// The present moment: that of the last reading, or now and then a millisecond later. The checker
/// draws which, so that a schedule can be repeated.
pub(crate) fn now() -> Instant {
    let step = u64::from(thread_rng().gen_ratio(1, 8));
    let passed = PASSED.fetch_add(step, Ordering::Relaxed) + step;
    *START + Duration::from_millis(passed)
}

/// The end that sends; dropping it disconnects the channel.
#[derive(Debug)]
pub(crate) struct Sender<T>(Arc<Mutex<Channel<T>>>);

/// The end that receives.
#[derive(Debug)]
pub(crate) struct Receiver<T>(Arc<Mutex<Channel<T>>>);

#[derive(Debug)]
struct Channel<T> {
    entries: VecDeque<T>,
    places: usize,
    connected: bool,
}

/// Why nothing was received.
#[derive(Debug)]
pub(crate) enum TryRecvError {
    Empty,
    Disconnected,
}

/// Why nothing was sent.
#[derive(Debug)]
pub(crate) enum TrySendError<T> {
    Full(T),
    #[expect(
        dead_code,
        reason = "the queue keeps its receiver, so nobody disconnects it here"
    )]
    Disconnected(T),
}

/// A channel of so many places, each operation on it one step.
pub(crate) fn bounded<T>(places: usize) -> (Sender<T>, Receiver<T>) {
    let channel = Arc::new(Mutex::new(Channel {
        entries: VecDeque::new(),
        places,
        connected: true,
    }));
    (Sender(Arc::clone(&channel)), Receiver(channel))
}

impl<T> Sender<T> {
    pub(crate) fn try_send(&self, entry: T) -> Result<(), TrySendError<T>> {
        let mut channel = look_into(&self.0);
        if channel.entries.len() >= channel.places {
            return Err(TrySendError::Full(entry));
        }
        channel.entries.push_back(entry);
        Ok(())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        look_into(&self.0).connected = false;
    }
}

impl<T> Receiver<T> {
    pub(crate) fn try_recv(&self) -> Result<T, TryRecvError> {
        let mut channel = look_into(&self.0);
        match channel.entries.pop_front() {
            Some(entry) => Ok(entry),
            None if channel.connected => Err(TryRecvError::Empty),
            None => Err(TryRecvError::Disconnected),
        }
    }
}

fn look_into<T>(channel: &Mutex<Channel<T>>) -> MutexGuard<'_, Channel<T>> {
    channel.lock().unwrap()
}
