//! One load thread's figures for a whole run: idle time, session starts, CPU time.

use std::time::{Duration, Instant};

use super::cpu::Cpu;
use super::run_times::RunTimes;
use super::session::Session;

/// Session starts kept for the test of the gaps between them. With many more, the test would detect that
/// a thread starts sessions one by one, about 25 µs apart.
const BEGINNINGS: usize = 500;

/// One load thread's figures for a whole run.
#[derive(Debug)]
pub(crate) struct ThreadRecord {
    span: RunTimes,
    /// Clients of this thread.
    pub(crate) clients: usize,
    /// Client time within the window outside any session. If the window's end was not known, the time
    /// stops at [`Self::last_end`].
    pub(crate) idle: Duration,
    /// Time within the window of sessions that began before it.
    pub(crate) before: Duration,
    /// Time after the window of sessions that began in it.
    pub(crate) after: Duration,
    /// End of the window; `None` if it ended with the last session.
    pub(crate) window_end: Option<Instant>,
    /// End of the last session.
    pub(crate) last_end: Instant,
    /// Sessions scheduled to begin within the window.
    pub(crate) scheduled: u64,
    /// Clients that connected but got no answer before the first clients left.
    pub(crate) starved: u64,
    /// Starts of the first sessions within the window.
    beginnings: Vec<Instant>,
    /// Time within the window spent spinning until the next deadline.
    pub(crate) spun: Duration,
    cpu_at_begin: Cpu,
    /// CPU time of this thread within the window.
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

    /// Reads the CPU time at the end of an interval, which may be an edge of the window.
    pub(crate) fn slice_ended(&mut self, end: Instant) {
        if end == self.span.begin {
            self.cpu_at_begin = Cpu::now();
            self.spun = Duration::ZERO;
        }
        if !self.span.is_over(end) || self.span.end == Some(end) {
            self.cpu = Cpu::now().since(self.cpu_at_begin);
        }
    }

    /// Records a session start, and the client's idle time before it.
    pub(crate) fn began(&mut self, session: &Session, idle_since: Instant) {
        if idle_since < session.began {
            self.idle += self.span.within(idle_since, session.began);
        }
        if session.counts && self.beginnings.len() < BEGINNINGS {
            self.beginnings.push(session.began);
        }
    }

    /// Records a session end.
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

    /// Adds a client's idle time since `since`, up to the end of the window or of the last session.
    pub(crate) fn rested(&mut self, since: Instant) {
        let until = self.span.end.unwrap_or(self.last_end);
        self.idle += self.span.within(since, until);
    }

    /// Idle time of all clients from this thread's last session to the end of the run.
    pub(crate) fn idle_until(&self, end: Instant) -> Duration {
        if self.span.end.is_some() {
            return Duration::ZERO;
        }
        let left = end.saturating_duration_since(self.last_end);
        left.saturating_mul(u32::try_from(self.clients).unwrap_or(u32::MAX))
    }

    /// Adds spinning time, unless the window is over.
    pub(crate) fn spun(&mut self, time: Duration, now: Instant) {
        if !self.span.is_over(now) {
            self.spun += time;
        }
    }

    /// The gaps between the first session starts within the window, in seconds.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = f64> {
        let pairs = self.beginnings.iter().zip(self.beginnings.iter().skip(1));
        pairs.map(|(one, next)| next.saturating_duration_since(*one).as_secs_f64())
    }
}
