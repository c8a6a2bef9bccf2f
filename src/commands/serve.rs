//! `jamd serve`: the server, from its first line of output to its ledger.

mod administration;
mod drain_progress;
mod inherited_sockets;
mod lifecycle;
mod log;
mod parent_pipe;
mod service_manager;

use std::io::{self, Write};
use std::sync::Arc;

use self::administration::Administration;
use self::inherited_sockets::{Passed, Sockets};
use self::lifecycle::Watch;
use self::service_manager::Manager;
use super::{complain, configuration, fail, settings};
use crate::base::terminal::Exit;
use crate::cli::ServeArgs;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::observe::{Journal, RecordSender, SessionLog, feed};
use crate::server::{self, Balance, Outcome, Server, Settings, StartError};
use crate::service::{ServiceTime, SimulatedService, TimeService};

/// Serves until a signal asks for the end, then prints the ledger.
pub(super) fn run(args: &ServeArgs) -> Exit {
    let (mut config, origins) = match configuration(&args.configuration) {
        Ok(configuration) => configuration,
        Err(code) => return code,
    };
    let passed = match inherited_sockets::take(&config, &origins) {
        Ok(passed) => passed,
        Err(err) => {
            complain(err);
            return Exit::Configuration;
        }
    };
    if !passed.time.is_empty() {
        config.listen.clear();
    }
    serve(&config, passed, args)
}

/// Serves with this configuration, on the passed sockets and on sockets that are still to be bound.
fn serve(config: &Config, passed: Sockets, args: &ServeArgs) -> Exit {
    let (_flush, lost_lines) = log::start(config);
    let signals = match lifecycle::signals() {
        Ok(signals) => signals,
        Err(err) => return fail(format_args!("cannot listen for signals: {err}")),
    };
    if args.until_stdin_ends
        && let Err(err) = parent_pipe::to_stdin()
    {
        return fail(format_args!("cannot listen to standard input: {err}"));
    }
    if let Err(err) = server::raise_open_files() {
        tracing::warn!(%err, "the open-file limit stays as it is");
    }
    // Without an administration port nothing would read the records of sessions.
    let is_administered = config.admin.is_some() || !passed.admin.is_empty();
    let (feed, records) = is_administered.then(feed).unzip();
    // All ports are bound before the first session, so that a bind error ends the start.
    let doors = match administration::bind(config, passed.admin) {
        Ok(doors) => doors,
        Err(err) => return fail(err),
    };
    let others = doors.descriptors();
    let server = match start(passed.time, config, others, args.service_time, feed) {
        Ok(server) => server,
        Err(err @ StartError::Shortage(_)) => {
            complain(err);
            return Exit::Configuration;
        }
        Err(err) => return fail(err),
    };
    let server = Arc::new(server);
    let lost_lines = move || u64::try_from(lost_lines.dropped_lines()).unwrap_or(u64::MAX);
    let ports = match administration::start(config, doors, &server, records, lost_lines) {
        Ok(ports) => ports,
        Err(err) => return fail(err),
    };
    let mut manager = Manager::from_environment();
    manager.ready(&server, &announce(&server, config, &ports));
    let accepted_to_the_end = Watch::new(&server, config, manager).until_it_ends(&signals);
    ports.end();
    let clean = conclude(&server.balance());
    if let Some(spared) = server.spared() {
        say(format_args!("dry run: {spared}"));
    }
    if clean && accepted_to_the_end {
        Exit::Done
    } else {
        Exit::Failed
    }
}

/// Starts the server. With a service time it simulates another service.
fn start(
    passed: Vec<Passed>,
    config: &Config,
    other_descriptors: usize,
    service_time: Option<ServiceTime>,
    feed: Option<RecordSender>,
) -> Result<Server, StartError> {
    let service = TimeService::new(SystemClock, config.zone, config.max_line);
    let log = SessionLog::new(config.log_sessions, config.log_sample);
    let journal = match feed {
        Some(feed) => Journal::followed(log, feed),
        None => Journal::from(log),
    };
    let listeners = passed.into_iter().map(Passed::listen).collect();
    let settings = Settings {
        other_descriptors,
        ..settings::of(config)
    };
    match service_time {
        None => Server::start_on(listeners, &settings, service, journal),
        Some(service_time) => {
            tracing::warn!(
                "simulating a service: every command {}",
                service_time.in_words()
            );
            let service = SimulatedService::new(service, service_time);
            Server::start_on(listeners, &settings, service, journal)
        }
    }
}

/// Prints the addresses and the settings, in the one line that a script may wait for, and returns it.
fn announce(server: &Server, config: &Config, ports: &Administration) -> String {
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
    if let Some(addr) = ports.addr {
        say(format_args!("administration on http://{addr}/"));
    }
    if let Some(addr) = ports.agent {
        say(format_args!("agent-check on {addr}"));
    }
    line
}

/// Prints the ledger. Returns whether every admitted session ended by itself.
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

/// Prints a line on stdout. The server continues if stdout is closed.
fn say(line: std::fmt::Arguments<'_>) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}
