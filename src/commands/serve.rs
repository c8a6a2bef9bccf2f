//! `jamd serve`: the server, from its first line to its ledger.

mod manager;
mod passed;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Instant;

use crossbeam_channel::{Receiver, bounded, select};
use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};

use self::manager::Manager;
use self::passed::Passed;
use super::{CONFIGURATION, complain, configuration, fail};
use crate::cli::ServeArgs;
use crate::clock::SystemClock;
use crate::config::{Config, LogFormat, LogLevel};
use crate::observe::SessionLog;
use crate::server::{self, Balance, Event, Limits, Outcome, Server, Settings, StartError};
use crate::service::TimeService;

/// Log lines that may wait for stderr: a burst of sessions, at some 150 bytes a line.
const LOG_LINES: usize = 8192;

/// Serves until a signal asks for the end, and ends with the ledger.
pub(super) fn run(args: &ServeArgs) -> ExitCode {
    let (mut config, settings) = match configuration(args) {
        Ok(configuration) => configuration,
        Err(code) => return code,
    };
    let passed = match passed::take(&settings) {
        Ok(passed) => passed,
        Err(err) => {
            complain(err);
            return ExitCode::from(CONFIGURATION);
        }
    };
    if !passed.is_empty() {
        config.listen.clear();
    }
    let _flush = start_log(&config);
    let signals = match listen_for_signals() {
        Ok(signals) => signals,
        Err(err) => return fail(format_args!("cannot listen for signals: {err}")),
    };
    if let Err(err) = server::raise_open_files() {
        tracing::warn!(%err, "the open-file limit stays as it is");
    }
    let server = match start(passed, &config) {
        Ok(server) => server,
        Err(err @ StartError::Shortage(_)) => {
            complain(err);
            return ExitCode::from(CONFIGURATION);
        }
        Err(err) => return fail(err),
    };
    let mut manager = Manager::from_environment();
    manager.ready(&server, &announce(&server, &config));
    let mut failed = false;
    while let Some(wake) = wait(&server, &signals, manager.due()) {
        match wake {
            Wake::Look => manager.look(&server),
            Wake::Drain if !failed => drain(&server, &config, &mut manager),
            Wake::Drain | Wake::Cut => server.cut(),
            Wake::AcceptFailed(err) => {
                complain(format_args!("no more connections can be accepted: {err}"));
                failed = true;
                drain(&server, &config, &mut manager);
            }
        }
    }
    let clean = conclude(&server.balance());
    if clean && !failed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn start(passed: Vec<Passed>, config: &Config) -> Result<Server, StartError> {
    let settings = Settings {
        listen: config.listen.clone(),
        backlog: config.backlog,
        defer_accept: config.defer_accept,
        reuse_port: config.reuse_port,
        workers: config.workers,
        stack_size: config.stack_size,
        queue: config.queue,
        limits: Limits {
            queue: config.queue_timeout,
            idle: config.idle_timeout,
            command: config.command_timeout,
            write: config.write_timeout,
            session: config.session_timeout,
        },
    };
    let service = TimeService::new(SystemClock, config.zone, config.max_line);
    let log = SessionLog::new(config.log_sessions);
    let listeners = passed.into_iter().map(|passed| {
        tracing::info!("listening on the passed {}", passed.descriptor);
        passed.listener
    });
    Server::start_on(listeners.collect(), &settings, &service, log)
}

/// Says where the server listens, with what; the one line a script may wait for. Returns it.
fn announce(server: &Server, config: &Config) -> String {
    for (wanted, got) in config.listen.iter().zip(server.addresses()) {
        if wanted.is_ipv6() && got.is_ipv4() {
            tracing::warn!("this machine has no IPv6: listening on {got} instead of {wanted}");
        }
    }
    let addresses: Vec<_> = server.addresses().iter().map(ToString::to_string).collect();
    let line = format!(
        "listening on {} with {} workers and a queue of {}",
        addresses.join(", "),
        config.workers,
        config.queue
    );
    say(format_args!("{line}"));
    line
}

/// What the main thread waits for.
enum Wake {
    Look,
    Drain,
    Cut,
    AcceptFailed(io::Error),
}

/// Waits for the next thing to do; `None` once the server has ended.
fn wait(server: &Server, signals: &Receiver<Signal>, due: &Receiver<Instant>) -> Option<Wake> {
    select! {
        recv(due) -> _ => Some(Wake::Look),
        recv(signals) -> signal => match signal {
            Ok(Signal::First) => Some(Wake::Drain),
            Ok(Signal::Again) | Err(_) => Some(Wake::Cut),
        },
        recv(server.events()) -> event => match event {
            Ok(Event::AcceptFailed(err)) => Some(Wake::AcceptFailed(err)),
            Err(_) => None,
        },
    }
}

fn drain(server: &Server, config: &Config, manager: &mut Manager) {
    tracing::info!(
        limit = ?config.drain_timeout,
        "draining; another signal ends every session at once"
    );
    server.drain(config.drain_timeout);
    manager.stopping(server);
}

/// Prints the ledger, and says whether everything that was admitted came to its own end.
fn conclude(balance: &Balance) -> bool {
    say(format_args!("ledger: {balance}"));
    let cut = balance.count(Outcome::Cut) + balance.count(Outcome::DrainTimeout);
    if cut > 0 {
        complain(format_args!(
            "{cut} of them did not come to their end in time and were cut"
        ));
    }
    if !balance.is_balanced() {
        complain("the ledger does not balance: some sessions are still being served");
    }
    cut == 0 && balance.is_balanced()
}

/// Which signal this is: they all mean the same, and only their number counts.
#[derive(Debug, Clone, Copy)]
enum Signal {
    First,
    Again,
}

/// Turns signals into messages. The handler runs on one thread for all of them, so it does nothing
/// that could wait or panic: with two on their way already, a third has nothing to add.
fn listen_for_signals() -> Result<Receiver<Signal>, ctrlc::Error> {
    let (sender, signals) = bounded(2);
    let mut next = Signal::First;
    ctrlc::set_handler(move || {
        let _ = sender.try_send(next);
        next = Signal::Again;
    })?;
    Ok(signals)
}

/// Starts the log. Lines go to a thread of their own by a bounded queue and are lost when it is full:
/// whoever stalls stderr, with Ctrl-S or a pipe that is not read, stops no worker. What is returned
/// writes the rest when it is dropped, for as long as a second.
fn start_log(config: &Config) -> WorkerGuard {
    let (writer, flush) = NonBlockingBuilder::default()
        .buffered_lines_limit(LOG_LINES)
        .thread_name("log")
        .finish(io::stderr());
    let level = match config.log {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(false)
        .with_ansi(colour)
        // It would complain on stderr, and panic if that is what has gone away.
        .log_internal_errors(false)
        .with_writer(writer);
    match config.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    flush
}

/// Prints a line on stdout. A server whose stdout has gone away serves on.
fn say(line: std::fmt::Arguments<'_>) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}
