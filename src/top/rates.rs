//! Rates between two status replies, by the clock of the server.

use crate::base::as_f64;
use crate::observe::{ByState, LedgerView, Status};

/// Rates over a span of time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pace {
    /// The span of the rates.
    pub(crate) span: Span,
    /// Ended sessions a second.
    pub(crate) sessions: f64,
    /// Answered commands a second.
    pub(crate) commands: f64,
    /// Refused clients a second, by reason; reasons without refusals are left out.
    pub(crate) refused: Vec<(String, f64)>,
    /// The share of their occupied time that workers waited for a client's command.
    pub(crate) waiting: Option<f64>,
}

/// The span that rates cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// The time since the server started.
    SinceStart,
    /// The time between two status replies.
    Lately,
}

impl Pace {
    /// The rates since the server started.
    pub(crate) fn since_start(now: &Status) -> Self {
        Self::over(Span::SinceStart, now.uptime_seconds, &Sums::default(), now)
    }

    /// The rates between two replies, if the server has not restarted.
    pub(crate) fn between(before: &Status, now: &Status) -> Option<Self> {
        let is_same_run = before
            .started_seconds
            .total_cmp(&now.started_seconds)
            .is_eq();
        let seconds = now.uptime_seconds - before.uptime_seconds;
        let is_later = is_same_run && seconds > 0.0;
        is_later.then(|| Self::over(Span::Lately, seconds, &Sums::of(before), now))
    }

    fn over(span: Span, seconds: f64, before: &Sums<'_>, now: &Status) -> Self {
        let sums = Sums::of(now);
        let rate = |now: u64, before: u64| {
            let count = as_f64(now.saturating_sub(before));
            if seconds > 0.0 { count / seconds } else { 0.0 }
        };
        let refused = now.server.ledger.refused.iter().map(|(reason, count)| {
            let before = before.ledger.and_then(|ledger| ledger.refused.get(reason));
            (reason.clone(), rate(*count, before.copied().unwrap_or(0)))
        });
        let waited = sums.waited - before.waited;
        let occupied = sums.occupied - before.occupied;
        Self {
            span,
            sessions: rate(sums.sessions, before.sessions),
            commands: rate(sums.commands, before.commands),
            refused: refused.filter(|(_, rate)| *rate > 0.0).collect(),
            waiting: (occupied > 0.0).then(|| (waited / occupied).clamp(0.0, 1.0)),
        }
    }
}

/// The counters that only grow while a server runs.
#[derive(Default)]
struct Sums<'a> {
    sessions: u64,
    commands: u64,
    /// Seconds in which workers were occupied.
    occupied: f64,
    /// The part of those seconds spent waiting for a client's command.
    waited: f64,
    ledger: Option<&'a LedgerView>,
}

impl<'a> Sums<'a> {
    fn of(status: &'a Status) -> Self {
        let server = &status.server;
        let ByState {
            idle: _,
            awaiting,
            reading,
            working,
            writing,
        } = server.worker_seconds;
        Self {
            sessions: ended(&server.ledger),
            commands: server.commands,
            occupied: awaiting + reading + working + writing,
            waited: awaiting + reading,
            ledger: Some(&server.ledger),
        }
    }
}

/// Ended sessions, without refused clients.
pub(crate) fn ended(ledger: &LedgerView) -> u64 {
    let ends = [&ledger.served, &ledger.closed, &ledger.failed];
    let ends = ends.into_iter().flat_map(|ends| ends.values());
    ends.copied().fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::top::sample;

    #[test]
    fn a_pace_is_what_lies_between_two_looks() {
        let before = sample::status(8);
        let mut now = before.clone();
        now.uptime_seconds += 2.0;
        now.server.commands += 5000;
        *now.server.ledger.served.get_mut("quit").unwrap() += 990;
        now.server.ledger.failed.insert("panicked".into(), 10);
        *now.server.ledger.refused.get_mut("queue full").unwrap() += 3;
        now.server
            .ledger
            .refused
            .insert("waited too long".into(), 0);
        now.server.worker_seconds.awaiting += 9.0;
        now.server.worker_seconds.working += 1.0;
        assert_eq!(
            Pace::between(&before, &now),
            Some(Pace {
                span: Span::Lately,
                sessions: 500.0,
                commands: 2500.0,
                refused: vec![("queue full".into(), 1.5)],
                waiting: Some(0.9),
            })
        );
    }

    #[test]
    fn another_run_or_no_time_at_all_makes_no_pace() {
        let before = sample::status(8);
        assert_eq!(Pace::between(&before, &before), None);
        let mut restarted = before.clone();
        restarted.started_seconds += 60.0;
        restarted.uptime_seconds += 5.0;
        assert_eq!(Pace::between(&before, &restarted), None);
    }

    #[test]
    fn a_first_look_tells_the_pace_since_the_start() {
        let status = sample::status(8);
        let pace = Pace::since_start(&status);
        assert_eq!(pace.span, Span::SinceStart);
        assert_eq!(pace.commands, as_f64(status.server.commands) / 100.0);
        assert_eq!(pace.refused, [("queue full".to_owned(), 0.07)]);
    }

    #[test]
    fn workers_that_were_never_occupied_waited_for_nobody() {
        let mut status = sample::status(8);
        status.uptime_seconds = 0.0;
        status.server.worker_seconds = ByState::default();
        let pace = Pace::since_start(&status);
        assert_eq!((pace.waiting, pace.commands), (None, 0.0));
    }
}
