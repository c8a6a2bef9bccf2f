//! The forecast of a drain for the terminal: sessions left, time left, and the sessions that delay it.

use std::time::Duration;

use crate::server::{SessionView, State};

/// The forecast of a drain: the sessions in service, the number that wait, and the time until the rest is
/// cut.
pub(crate) fn forecast(sessions: &[SessionView], waiting: usize, left: Duration) -> String {
    let count = sessions.len();
    let plural = if count == 1 { "" } else { "s" };
    let waiting = match waiting {
        0 => String::new(),
        some => format!(", {some} waiting"),
    };
    let longest = sessions.iter().max_by_key(|session| session.since);
    let longest = longest.map_or_else(String::new, |longest| {
        let SessionView { worker, client, .. } = longest;
        let (doing, since) = (doing(longest.state), seconds(longest.since));
        format!("; {client} has been {doing} for {since} (worker {worker})")
    });
    let left = seconds(left);
    format!("draining: {count} session{plural} left{waiting}; the rest is cut in {left}{longest}")
}

/// The client's activity in a state.
fn doing(state: State) -> &'static str {
    match state {
        State::Idle | State::Awaiting => "silent",
        State::Reading => "in the middle of a command",
        State::Working => "waiting for its answer",
        State::Writing => "leaving its replies unread",
    }
}

/// Whole seconds, rounded up, so that 0 s means no time left.
fn seconds(time: Duration) -> String {
    format!("{} s", time.as_millis().div_ceil(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(worker: usize, state: State, millis: u64) -> SessionView {
        SessionView {
            worker,
            client: format!("192.0.2.{worker}:4000").parse().unwrap(),
            state,
            since: Duration::from_millis(millis),
            commands: 1,
        }
    }

    #[test]
    fn the_longest_is_named_with_what_it_does_and_the_deadline_with_what_is_left() {
        let sessions = [
            session(1, State::Writing, 2100),
            session(2, State::Reading, 8000),
            session(7, State::Awaiting, 300),
        ];
        assert_eq!(
            forecast(&sessions, 4, Duration::from_millis(6400)),
            "draining: 3 sessions left, 4 waiting; the rest is cut in 7 s; 192.0.2.2:4000 has been in \
             the middle of a command for 8 s (worker 2)"
        );
    }

    #[test]
    fn one_session_is_not_sessions_and_nobody_is_nobody() {
        assert_eq!(
            forecast(&[session(3, State::Writing, 900)], 0, Duration::ZERO),
            "draining: 1 session left; the rest is cut in 0 s; 192.0.2.3:4000 has been leaving its \
             replies unread for 1 s (worker 3)"
        );
        assert_eq!(
            forecast(&[], 2, Duration::from_secs(1)),
            "draining: 0 sessions left, 2 waiting; the rest is cut in 1 s"
        );
    }
}
