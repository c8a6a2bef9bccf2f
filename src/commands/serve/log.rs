//! The destination and the format of the log.

use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};

use crate::config::{Config, LogFormat, LogLevel};

/// Log lines that may wait for stderr: a burst of sessions, at about 150 bytes a line.
const LOG_LINES: usize = 8192;

/// Starts the log. A bounded queue passes the lines to a writer thread, and lines are lost while it is
/// full. So a stalled stderr (Ctrl-S, an unread pipe) stops no worker. The guard writes the rest on drop,
/// for at most a second. The counter counts lost lines.
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
        // Internal errors would go to stderr, and cause a panic if stderr is gone.
        .log_internal_errors(false)
        .with_writer(writer);
    match config.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    (flush, lost)
}
