//! What one thread finds out over a whole run, besides what it counts by the interval.

use std::time::{Duration, Instant};

use super::cpu::Cpu;
use super::run_times::RunTimes;
use super::session::Session;

/// Beginnings that are kept to look at the distances between them. With many more the test of their
/// distribution would see that a thread begins one session after the other, some 25 µs apart.
const BEGINNINGS: usize = 500;

/// What one thread finds out over a whole run.
#[derive(Debug)]
pub(crate) struct ThreadRecord {
    span: RunTimes,
    /// Clients of this thread.
    pub(crate) clients: usize,
    /// Time of clients within the window outside any session, until [`Self::last_end`] where the
    /// window's end was not known.
    pub(crate) idle: Duration,
    /// Time within the window of sessions that began before it.
    pub(crate) before: Duration,
    /// Time after the window of sessions that began in it.
    pub(crate) after: Duration,
    /// When the window ended, if not with the last session.
    pub(crate) window_end: Option<Instant>,
    /// When the last session ended.
    pub(crate) last_end: Instant,
    /// Sessions that the schedule meant to begin within the window.
    pub(crate) scheduled: u64,
    /// Clients that were connected and not answered before the first of all left.
    pub(crate) starved: u64,
    /// When the first sessions within the window began.
    beginnings: Vec<Instant>,
    /// Time within the window spent looking out for the next moment.
    pub(crate) spun: Duration,
    cpu_at_begin: Cpu,
    /// What this thread had of the cores within the window.
    pub(crate) cpu: Cpu,
}

impl ThreadRecord {
    pub(crate) fn new(span: RunTimes, clients: usize) -> Self {
        Self {
            span,
            clients,
            idle: Duration::ZERO,
            before: Duration::ZERO,
            after: Duration::ZERO,
            window_end: span.end,
            last_end: span.begin,
            scheduled: 0,
            starved: 0,
            beginnings: Vec::with_capacity(BEGINNINGS),
            spun: Duration::ZERO,
            cpu_at_begin: Cpu::default(),
            cpu: Cpu::default(),
        }
    }

    /// A interval has ended, perhaps at an edge of the window.
    pub(crate) fn slice_ended(&mut self, end: Instant) {
        if end == self.span.begin {
            self.cpu_at_begin = Cpu::now();
            self.spun = Duration::ZERO;
        }
        if !self.span.is_over(end) || self.span.end == Some(end) {
            self.cpu = Cpu::now().since(self.cpu_at_begin);
        }
    }

    /// A session has begun; its client had been idle for some time.
    pub(crate) fn began(&mut self, session: &Session, idle_since: Instant) {
        if idle_since < session.began {
            self.idle += self.span.within(idle_since, session.began);
        }
        if session.counts && self.beginnings.len() < BEGINNINGS {
            self.beginnings.push(session.began);
        }
    }

    /// A session has ended.
    pub(crate) fn ended(&mut self, session: &Session, at: Instant) {
        if session.counts {
            if self.span.is_over(at) {
                let inside = self.span.within(session.began, at);
                self.after += at
                    .saturating_duration_since(session.began)
                    .saturating_sub(inside);
            }
        } else {
            self.before += self.span.within(session.began, at);
        }
        self.last_end = self.last_end.max(at);
    }

    /// A client has had no session since some moment, until the last of this thread ended.
    pub(crate) fn rested(&mut self, since: Instant) {
        let until = self.span.end.unwrap_or(self.last_end);
        self.idle += self.span.within(since, until);
    }

    /// The time for which its clients were idle after the last of them, until the whole run's end.
    pub(crate) fn idle_until(&self, end: Instant) -> Duration {
        if self.span.end.is_some() {
            return Duration::ZERO;
        }
        let left = end.saturating_duration_since(self.last_end);
        left.saturating_mul(u32::try_from(self.clients).unwrap_or(u32::MAX))
    }

    /// It looked out for some time until now.
    pub(crate) fn spun(&mut self, time: Duration, now: Instant) {
        if !self.span.is_over(now) {
            self.spun += time;
        }
    }

    /// The distances between the first sessions within the window, in seconds.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = f64> {
        let pairs = self.beginnings.iter().zip(self.beginnings.iter().skip(1));
        pairs.map(|(one, next)| next.saturating_duration_since(*one).as_secs_f64())
    }
}
