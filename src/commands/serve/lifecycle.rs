//! The main thread of the server: it waits for signals and controls the end of the server.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, after, bounded, never, select, tick};

use super::drain_progress::forecast;
use super::service_manager::Manager;
use crate::base::terminal::StopRequests;
use crate::commands::complain;
use crate::config::Config;
use crate::server::{Event, Server};

/// The interval of the drain's forecast on a terminal.
const FORECAST_EVERY: Duration = Duration::from_secs(1);

/// A server, and the state of its end.
pub(crate) struct Watch<'a> {
    server: &'a Server,
    config: &'a Config,
    manager: Manager,
    /// The end of the drain's delay, once it has begun.
    delay: Receiver<Instant>,
    /// The deadline of the drain, once it has begun.
    deadline: Option<Instant>,
    /// The time of the next forecast.
    forecast: Receiver<Instant>,
}

/// The events that the main thread waits for.
enum Wake {
    Look,
    Forecast,
    First,
    DelayIsOver,
    Again,
    AcceptFailed(io::Error),
}

impl<'a> Watch<'a> {
    pub(crate) fn new(server: &'a Server, config: &'a Config, manager: Manager) -> Self {
        Self {
            server,
            config,
            manager,
            delay: never(),
            deadline: None,
            forecast: never(),
        }
    }

    /// Waits for the end of the server, and starts the end when a signal asks for it. Returns whether the
    /// server could accept connections as long as it should.
    pub(crate) fn until_it_ends(mut self, signals: &Receiver<Signal>) -> bool {
        let mut accepting = true;
        while let Some(wake) = self.wait(signals) {
            match wake {
                Wake::Look => self.manager.look(self.server),
                Wake::Forecast => self.tell_how_it_gets_on(),
                // The server drains already, because it can accept no more connections.
                Wake::First if self.deadline.is_some() => self.cut(),
                Wake::First => self.say_goodbye(),
                Wake::DelayIsOver => self.drain(),
                Wake::Again => self.cut(),
                Wake::AcceptFailed(err) => {
                    complain(format_args!("no more connections can be accepted: {err}"));
                    accepting = false;
                    self.drain();
                }
            }
        }
        accepting
    }

    /// Waits for the next event; `None` once the server has ended.
    fn wait(&self, signals: &Receiver<Signal>) -> Option<Wake> {
        select! {
            recv(self.manager.due()) -> _ => Some(Wake::Look),
            recv(self.forecast) -> _ => Some(Wake::Forecast),
            recv(self.delay) -> _ => Some(Wake::DelayIsOver),
            recv(signals) -> signal => match signal {
                Ok(Signal::First) => Some(Wake::First),
                Ok(Signal::Again) | Err(_) => Some(Wake::Again),
            },
            recv(self.server.events()) -> event => match event {
                Ok(Event::AcceptFailed(err)) => Some(Wake::AcceptFailed(err)),
                Err(_) => None,
            },
        }
    }

    /// Drains at once, or after a delay. During the delay the server works as before, but reports that it
    /// ends soon.
    fn say_goodbye(&mut self) {
        let delay = self.config.drain_delay;
        if delay.is_zero() {
            self.drain();
        } else {
            self.server.announce_drain();
            tracing::info!(
                ?delay,
                "about to drain; a signal over 1 s later ends every session at once"
            );
            self.manager.stopping(self.server);
            self.delay = after(delay);
        }
    }

    fn drain(&mut self) {
        let limit = self.config.drain_timeout;
        self.delay = never();
        self.deadline = Some(Instant::now() + limit);
        self.server.drain(limit);
        tracing::info!(
            ?limit,
            "draining; a signal over 1 s later ends every session at once"
        );
        self.manager.stopping(self.server);
        if io::stderr().is_terminal() {
            self.forecast = tick(FORECAST_EVERY);
        }
    }

    fn cut(&mut self) {
        self.server.cut();
        self.delay = never();
        self.forecast = never();
    }

    /// Uses the log, which never blocks on a stalled terminal.
    fn tell_how_it_gets_on(&self) {
        let left = self.deadline.map_or(Duration::ZERO, |deadline| {
            deadline.saturating_duration_since(Instant::now())
        });
        let sessions = self.server.sessions();
        tracing::info!("{}", forecast(&sessions, self.server.waiting(), left));
    }
}

/// The number of a request to stop. The kind of signal does not matter.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Signal {
    First,
    Again,
}

/// Turns requests to stop into messages. One thread handles all signals, so the handler must not block or
/// panic. A third message adds nothing to two that are pending.
pub(crate) fn signals() -> Result<Receiver<Signal>, ctrlc::Error> {
    let (sender, signals) = bounded(2);
    let mut requests = StopRequests::default();
    let mut next = Signal::First;
    ctrlc::set_handler(move || {
        if requests.begins(Instant::now()) {
            let _ = sender.try_send(next);
            next = Signal::Again;
        }
    })?;
    Ok(signals)
}
