//! The thread that shows the advisor what goes through the pool, and keeps its latest advice.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::idleness::Idleness;
use crate::observe::{Course, Passages, SessionRecord};
use crate::server::{Outcome, Server};
use crate::whatif::{self, Advice, Advisor, Machine, Observation, Record, SessionId};

/// How often it looks. Often enough that what is fed waits in its channel and not longer than a blink.
const LOOK: Duration = Duration::from_millis(250);

/// How often it forms its advice, which takes longer than to look.
const ADVISE: Duration = Duration::from_secs(1);

/// Advice that is kept up to date for as long as this is.
#[derive(Debug)]
pub struct Advising {
    latest: Arc<Mutex<Option<Advice>>>,
    /// Dropped to end the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Advising {
    /// Follows a server by what it tells of the sessions that pass through it.
    ///
    /// # Errors
    ///
    /// When the system refuses one more thread.
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

    /// The advice of the last second; nothing in the first. What was said by a thread that has
    /// panicked since is no advice any more, and is not taken for any.
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
            // It panicked, and whoever panicked has said so; there is no advice any more.
            let _ = thread.join();
        }
    }
}

/// What the thread has.
#[derive(Debug)]
struct Observer {
    server: Arc<Server>,
    records: Passages,
    advisor: Advisor,
    /// How many workers the advisor knows of.
    workers: usize,
    idleness: Idleness,
    /// From when on the advisor counts.
    epoch: Instant,
    /// Read by whoever wants advice.
    latest: Arc<Mutex<Option<Advice>>>,
}

impl Observer {
    /// Looks until it is told to stop.
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

    /// Sessions that were closed early to make room.
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
            // Ends with the sender.
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
