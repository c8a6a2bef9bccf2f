//! The advisor thread, which records the pool's sessions and keeps the latest advice.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::idleness::Idleness;
use crate::observe::{Course, Passages, SessionRecord};
use crate::server::{Outcome, Server};
use crate::whatif::{self, Advice, Advisor, Machine, Observation, Record, SessionId};

/// How often the thread reads the session records. A short interval keeps the record channel short.
const LOOK: Duration = Duration::from_millis(250);

/// How often the thread computes advice, which takes longer than a read.
const ADVISE: Duration = Duration::from_secs(1);

/// The advisor thread's handle and its latest advice.
#[derive(Debug)]
pub struct Advising {
    latest: Arc<Mutex<Option<Advice>>>,
    /// Dropped to end the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Advising {
    /// Starts the advisor thread, which reads the server's session records.
    ///
    /// # Errors
    ///
    /// When the system cannot start another thread.
    pub fn start(
        server: Arc<Server>,
        records: Passages,
        settings: whatif::Pool,
    ) -> io::Result<Self> {
        let latest = Arc::default();
        let (stop, stopped) = bounded(0);
        let observer = Observer {
            server,
            records,
            advisor: Advisor::new(settings, Duration::ZERO),
            workers: settings.workers,
            idleness: Idleness::default(),
            epoch: Instant::now(),
            latest: Arc::clone(&latest),
        };
        let thread = thread::Builder::new().name("advisor".into());
        let thread = thread.spawn(move || observer.run(&stopped))?;
        Ok(Self {
            latest,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The advice of the last second, or `None` in the first second. If the thread has panicked, its old
    /// advice is discarded and `Advice::lost()` is returned.
    pub fn latest(&self) -> Option<Advice> {
        if self.thread.as_ref().is_none_or(JoinHandle::is_finished) {
            return Some(Advice::lost());
        }
        let latest = self.latest.lock();
        latest.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Advising {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // The panic hook has already logged a panic of the thread.
            let _ = thread.join();
        }
    }
}

/// The state of the advisor thread.
#[derive(Debug)]
struct Observer {
    server: Arc<Server>,
    records: Passages,
    advisor: Advisor,
    /// The number of workers last given to the advisor.
    workers: usize,
    idleness: Idleness,
    /// The origin of the times given to the advisor.
    epoch: Instant,
    /// Shared with [`Advising::latest`].
    latest: Arc<Mutex<Option<Advice>>>,
}

impl Observer {
    /// Reads records and computes advice until the thread is stopped.
    fn run(mut self, stopped: &Receiver<()>) {
        let mut next_advice = Instant::now() + ADVISE;
        while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            let now = Instant::now();
            self.look(now);
            if now >= next_advice {
                next_advice = now + ADVISE;
                self.idleness.sample(now);
                let advice = self.advisor.advice();
                *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(advice);
            }
        }
    }

    fn look(&mut self, now: Instant) {
        let workers = self.server.workers();
        if workers != self.workers {
            self.workers = workers;
            self.advisor.resize(workers);
        }
        let (oldest_waiting, under_way) = self.server.under_way(self.epoch);
        let records: Vec<_> = (self.records.read())
            .map(|record| self.record(record))
            .collect();
        self.advisor.look(&Observation {
            now: self.moment(now),
            oldest_waiting,
            under_way: &under_way,
            records: &records,
            machine: Machine {
                idle: self.idleness.share(),
                shortened: self.shortened(),
                missed: self.records.lost(),
            },
        });
    }

    fn record(&self, record: SessionRecord) -> Record {
        let arrived = self.moment(record.arrived);
        match record.course {
            Course::Refused => Record::Refused { arrived },
            Course::Served {
                worker,
                number,
                waited,
                lasted,
            } => Record::Served {
                session: SessionId { worker, number },
                arrived,
                waited,
                lasted,
            },
        }
    }

    /// The number of sessions closed early to make room.
    fn shortened(&self) -> u64 {
        let balance = self.server.balance();
        let of_pressure = [Outcome::Reclaimed, Outcome::ReclaimedMidway];
        of_pressure
            .map(|outcome| balance.count(outcome))
            .iter()
            .sum()
    }

    fn moment(&self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_thread_said_that_has_panicked_is_no_advice_any_more() {
        let (stop, stopped) = bounded::<()>(0);
        let last_words = Advice {
            holds: true,
            ..Advice::lost()
        };
        let thread = thread::spawn(move || {
            // Returns when the sender is dropped.
            let _ = stopped.recv();
            panic!("a test wants it so");
        });
        let mut advising = Advising {
            latest: Arc::new(Mutex::new(Some(last_words.clone()))),
            stop: Some(stop),
            thread: Some(thread),
        };
        assert_eq!(advising.latest(), Some(last_words));
        advising.stop = None;
        while !advising.thread.as_ref().unwrap().is_finished() {
            thread::yield_now();
        }
        assert_eq!(advising.latest(), Some(Advice::lost()));
    }
}
