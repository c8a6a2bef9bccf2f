//! Where log lines go, and in which form.

use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};

use crate::config::{Config, LogFormat, LogLevel};

/// Log lines that may wait for stderr: a burst of sessions, at some 150 bytes a line.
const LOG_LINES: usize = 8192;

/// Starts the log. Lines go to a thread of their own by a bounded queue and are lost when it is full:
/// whoever stalls stderr, with Ctrl-S or a pipe that is not read, stops no worker. What is returned
/// writes the rest when it is dropped, for as long as a second; and counts what was lost.
pub(super) fn start(config: &Config) -> (WorkerGuard, ErrorCounter) {
    let (writer, flush) = NonBlockingBuilder::default()
        .buffered_lines_limit(LOG_LINES)
        .thread_name("log")
        .finish(io::stderr());
    let lost = writer.error_counter();
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
    (flush, lost)
}
