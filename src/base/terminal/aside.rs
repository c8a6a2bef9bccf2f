//! Progress messages on stderr, for a person or a log.

use std::env;
use std::io::{self, IsTerminal, Write};

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};

use super::is_dumb;

/// Lines that may wait for the reader of stderr.
const LINES_IN_HAND: usize = 64;

/// Stderr with a writer thread of its own. A reader that stalls delays no caller, and loses lines instead.
#[derive(Debug)]
pub(crate) struct Aside {
    writer: NonBlocking,
    /// Writes the remaining lines on drop.
    _rest: WorkerGuard,
}

impl Aside {
    /// Starts the writer of stderr.
    pub(crate) fn stderr() -> Self {
        let builder = NonBlockingBuilder::default();
        let builder = builder.lossy(true).buffered_lines_limit(LINES_IN_HAND);
        let (writer, rest) = builder.finish(io::stderr());
        Self {
            writer,
            _rest: rest,
        }
    }
}

impl Write for Aside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Whether stderr is a terminal that can redraw its lines, outside of a CI job.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal() && !is_dumb() && env::var_os("CI").is_none()
}
