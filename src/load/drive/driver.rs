//! One event loop, which starts its clients' sessions when due and drives them to their end.

use std::io;
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::{Events, Token};

use super::client::{Client, Common, Next};
use super::due_queue::{Due, DueQueue};
use super::interval::{Interval, Sequel};
use super::interval_channel::IntervalChannel;
use super::run_times::RunTimes;
use super::session::Session;
use super::thread_record::ThreadRecord;
use super::wait::Waiter;
use crate::base::Stop;
use crate::load::result::Outcome;

/// Most events per poll. Few, so that sessions due meanwhile wait little.
const EVENTS: usize = 256;

/// Interval between two checks of all clients for timeouts.
const ROUND: Duration = Duration::from_millis(10);

/// Pause of a closed-loop client after a failed connection. Without it, the loop would measure how fast
/// connections fail.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// Longest wait for open sessions after an interrupt.
const INTERRUPTED_GRACE: Duration = Duration::from_secs(1);

/// One event loop and its clients.
#[derive(Debug)]
pub(super) struct Driver {
    clients: Vec<Client>,
    common: Common,
    due_queue: DueQueue,
    span: RunTimes,
    timeout: Duration,
    stop: Stop,
    record: ThreadRecord,
    interval: Box<Interval>,
    interval_channel: IntervalChannel,
    /// Clients that have not left.
    present: usize,
    /// End of the window, if known: as planned, or when the run was stopped. From then on clients leave,
    /// which may let starved clients be served.
    window_end: Option<Instant>,
    phase: Phase,
    /// When the loop stopped starting sessions.
    closed: Instant,
    /// The last clock reading. It is renewed after every wait and every event, so it is never old.
    now: Instant,
}

/// The phase of the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Sessions begin and end.
    Loading,
    /// No session begins. The loop waits for open sessions, until this moment if there is one.
    Closing(Option<Instant>),
}

impl Driver {
    /// A driver for the clients of `due_queue`, without any session yet.
    pub(super) fn new(
        common: Common,
        due_queue: DueQueue,
        span: RunTimes,
        timeout: Duration,
        stop: Stop,
        interval_channel: IntervalChannel,
    ) -> Self {
        let clients = due_queue.clients();
        Self {
            clients: (0..clients)
                .map(|index| Client::new(Token(index), span.origin))
                .collect(),
            common,
            due_queue,
            span,
            timeout,
            stop,
            record: ThreadRecord::new(span, clients),
            interval: interval_channel.interval(span.origin, &span),
            interval_channel,
            present: clients,
            window_end: span.end,
            phase: Phase::Loading,
            closed: span.origin,
            now: span.origin,
        }
    }

    /// Drives all clients until each has left or has timed out.
    ///
    /// # Errors
    ///
    /// The system call that waits for events fails.
    pub(super) fn run(mut self, mut waiter: Waiter) -> io::Result<ThreadRecord> {
        let mut events = Events::with_capacity(EVENTS);
        self.now = Instant::now();
        let mut round = self.now;
        loop {
            let now = self.now;
            self.keep_time(now);
            // Before the check for the end: a late wake-up must not drop sessions due before it.
            self.begin_what_is_due(now);
            if round <= now {
                self.look_round(now);
                round = now + ROUND;
            }
            if self.is_done(now) {
                return Ok(self.finish(now));
            }
            let rough = round.min(self.interval.end);
            let spun = waiter.wait(&mut events, now, rough, self.due_queue.next())?;
            self.record.spun(spun, now);
            self.now = Instant::now();
            for event in &events {
                self.go_on(event);
            }
        }
    }

    /// Hands over every interval that has ended.
    fn keep_time(&mut self, now: Instant) {
        while self.interval.end <= now {
            let mut next = self
                .interval_channel
                .interval(self.interval.end, &self.span);
            next.after = self.window_end.filter(|end| *end <= next.begin);
            let full = std::mem::replace(&mut self.interval, next);
            self.record.slice_ended(full.end);
            self.interval_channel.interval_channel(full);
            self.common.exchange.watch_mut().set();
        }
    }

    /// Ends sessions that have timed out, and checks whether the run is to end.
    fn look_round(&mut self, now: Instant) {
        for index in 0..self.clients.len() {
            if let Some(client) = self.clients.get_mut(index) {
                let next = client.lose_patience(now, self.timeout);
                self.follow(index, next);
            }
        }
        if self.stop.is_requested() || self.span.is_over(now) || self.due_queue.is_exhausted() {
            self.close(now);
        }
        if self.stop.is_requested() {
            self.hurry(now);
        }
    }

    /// Stops starting sessions, and makes idle clients leave.
    fn close(&mut self, now: Instant) {
        if self.phase != Phase::Loading {
            return;
        }
        self.phase = Phase::Closing(self.span.end.map(|end| end + self.timeout));
        if self.stop.is_requested() && !self.span.is_over(now) {
            self.window_end = Some(now);
            self.interval.end = now;
            self.keep_time(now);
        }
        self.closed = now;
        for index in 0..self.clients.len() {
            if let Some(client) = self.clients.get_mut(index)
                && !client.is_occupied()
            {
                let next = client.leave(now);
                self.follow(index, next);
            }
        }
    }

    /// Shortens the wait for open sessions, whether the interrupt ended the window or came after it.
    fn hurry(&mut self, now: Instant) {
        if let Phase::Closing(end) = &mut self.phase {
            let soon = now + INTERRUPTED_GRACE;
            *end = Some(end.map_or(soon, |end| end.min(soon)));
        }
    }

    fn is_done(&self, now: Instant) -> bool {
        let is_late = |end: Option<Instant>| end.is_some_and(|end| end <= now);
        match self.phase {
            Phase::Loading => false,
            Phase::Closing(end) => self.present == 0 || is_late(end),
        }
    }

    fn begin_what_is_due(&mut self, now: Instant) {
        while let Some(due) = self.due_queue.due(now) {
            let (Due::Begin(index, _) | Due::Resume(index, _)) = due;
            let next = match due {
                Due::Begin(_, intended) => self.begin(index, intended, Instant::now()),
                Due::Resume(_, intended) => self.resume(index, intended, Instant::now()),
            };
            self.follow(index, next);
        }
    }

    fn go_on(&mut self, event: &Event) {
        self.keep_time(self.now);
        self.begin_what_is_due(self.now);
        let Token(index) = event.token();
        if let Some(client) = self.clients.get_mut(index) {
            let next = client.go_on(event, &mut self.common, &mut self.interval);
            self.now = match next {
                // The end of a session carries a fresh clock reading.
                Next::Ended(_, at) => at,
                _ => Instant::now(),
            };
            self.follow(index, next);
        }
    }

    /// Carries out a client's request, and every request that follows from it.
    fn follow(&mut self, index: usize, mut next: Next) {
        loop {
            next = match next {
                Next::Wait => return,
                Next::Think => return self.due_queue.think(index, Instant::now()),
                Next::Left => {
                    self.present = self.present.saturating_sub(1);
                    return;
                }
                Next::Ended(outcome, at) => self.end(index, outcome, at),
            };
        }
    }

    /// Records the end of a session. The client's next one begins here if it is due at once.
    fn end(&mut self, index: usize, outcome: Outcome, at: Instant) -> Next {
        // The window may have begun since the interval was chosen, and its first session may begin here.
        self.keep_time(at);
        let Some(client) = self.clients.get_mut(index) else {
            return Next::Wait;
        };
        self.interval.ended(client.session(), outcome, at);
        self.record.ended(client.session(), at);
        self.due_queue.forget(index);
        if self.phase != Phase::Loading {
            return client.leave(at);
        }
        let least = match outcome {
            Outcome::Failed(failure) if failure.is_connecting() => RETRY_PAUSE,
            _ => Duration::ZERO,
        };
        match self.due_queue.rest(index, at, least) {
            Some(at) => self.begin(index, at, at),
            None => Next::Wait,
        }
    }

    /// Begins a session of a client, if the phase and the due queue allow it.
    fn begin(&mut self, index: usize, intended: Instant, now: Instant) -> Next {
        if self.phase != Phase::Loading {
            return Next::Wait;
        }
        if !self.due_queue.admits(intended) {
            self.close(now);
            return Next::Wait;
        }
        // The session must not be counted in an interval from before the window.
        self.keep_time(now);
        let Some(client) = self.clients.get_mut(index) else {
            return Next::Wait;
        };
        let session = Session {
            // Only a schedule charges a session for a late start. In a closed loop that time is already
            // counted as idle.
            intended: if self.due_queue.is_scheduled() {
                intended
            } else {
                now
            },
            began: now,
            counts: self.span.counts(intended),
        };
        self.record.began(&session, client.resting_since());
        self.interval.began(&session);
        if self.due_queue.is_scheduled() {
            // Waiting for a free client is not schedule lag.
            let due = intended.max(client.resting_since());
            let lag = now.saturating_duration_since(due);
            self.interval.lagged(&session, lag);
        }
        client.begin(session, &mut self.common, &mut self.interval)
    }

    /// Resumes a client's session after a pause.
    fn resume(&mut self, index: usize, intended: Instant, now: Instant) -> Next {
        let Some(client) = self.clients.get_mut(index) else {
            return Next::Wait;
        };
        let lag = now.saturating_duration_since(intended);
        self.interval.lagged(client.session(), lag);
        client.resume(now, &mut self.common, &mut self.interval)
    }

    /// Ends open sessions as unfinished, and completes the record.
    fn finish(mut self, now: Instant) -> ThreadRecord {
        let until = self.window_end.unwrap_or(self.closed);
        for client in &self.clients {
            if client.is_occupied() {
                self.interval
                    .ended(client.session(), Outcome::Unfinished, now);
                self.record.ended(client.session(), now);
            }
        }
        for client in &self.clients {
            if !client.is_occupied() {
                self.record.rested(client.resting_since());
            }
            self.record.starved += u64::from(client.is_starved(until));
        }
        self.interval.end = now;
        self.interval.sequel = Sequel::Nothing;
        self.record.slice_ended(now);
        self.record.scheduled = self.due_queue.scheduled(until);
        self.record.window_end = self.window_end;
        self.interval_channel.interval_channel(self.interval);
        self.record
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::super::connect::Road;
    use super::super::connection::Exchange;
    use super::super::schedule::Lane;
    use super::*;
    use crate::clock::Zone;
    use crate::load::Drive;
    use crate::load::drive::interval_channel::way;
    use crate::load::drive::time_check::TimeCheck;
    use crate::load::sample;

    #[test]
    fn what_begins_within_the_window_is_counted_in_a_slice_within_it() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = Instant::now();
        let begin = origin + Duration::from_millis(10);
        let end = None;
        let span = RunTimes { origin, begin, end };
        let plan = sample::plan(Drive::Closed { clients: 1 });
        let lane = Lane { index: 0, count: 1 };
        let waiter = Waiter::new().unwrap();
        let watch = TimeCheck::new(Zone::Utc, Duration::ZERO);
        let common = Common {
            shape: plan.shape,
            road: Road::new(server.local_addr().unwrap(), Vec::new(), 0),
            exchange: Exchange::new(waiter.registry().unwrap(), watch, 1),
        };
        let due_queue = DueQueue::new(&plan, lane, span, 1, None);
        let (interval_channel, arrivals) = way(1);
        let stop = Stop::default();
        let mut driver = Driver::new(
            common,
            due_queue,
            span,
            plan.timeout,
            stop,
            interval_channel,
        );

        // The previous session ends and the next one begins exactly when the window begins.
        let next = driver.end(0, Outcome::Good, begin);
        driver.follow(0, next);
        let before = arrivals.full.try_recv().unwrap();
        assert_eq!((before.end, before.tally.started), (begin, 0));
        assert_eq!(
            (driver.interval.begin, driver.interval.tally.started),
            (begin, 1)
        );
    }
}
