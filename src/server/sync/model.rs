//! A channel and a clock for the model checker, which lacks both.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use shuttle::rand::{Rng, thread_rng};
use shuttle::sync::{Mutex, MutexGuard};

/// The first moment of every run.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

shuttle::lazy_static! {
    /// Milliseconds since [`START`], reset to 0 in every run. A plain atomic, because a clock reading does
    /// not synchronise threads.
    static ref PASSED: AtomicU64 = AtomicU64::new(0);
}

/// The time of the last reading, or sometimes one millisecond later. The checker draws which, so that a
/// schedule can be repeated.
pub(crate) fn now() -> Instant {
    let step = u64::from(thread_rng().gen_ratio(1, 8));
    let passed = PASSED.fetch_add(step, Ordering::Relaxed) + step;
    *START + Duration::from_millis(passed)
}

/// The sending end; dropping it disconnects the channel.
#[derive(Debug)]
pub(crate) struct Sender<T>(Arc<Mutex<Channel<T>>>);

/// The receiving end.
#[derive(Debug)]
pub(crate) struct Receiver<T>(Arc<Mutex<Channel<T>>>);

#[derive(Debug)]
struct Channel<T> {
    entries: VecDeque<T>,
    places: usize,
    connected: bool,
}

/// The reason why nothing was received.
#[derive(Debug)]
pub(crate) enum TryRecvError {
    Empty,
    Disconnected,
}

/// The reason why nothing was sent.
#[derive(Debug)]
pub(crate) enum TrySendError<T> {
    Full(T),
    #[expect(
        dead_code,
        reason = "the queue keeps its receiver, so nobody disconnects it here"
    )]
    Disconnected(T),
}

/// A channel with this capacity. Each operation on it is one step for the checker.
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
