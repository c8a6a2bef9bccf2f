//! What is told on stderr while a result is awaited: to a person, or to whoever reads the lines later.

use std::env;
use std::io::{self, IsTerminal, Write};

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};

use super::is_dumb;

/// Lines that may wait for whoever reads stderr.
const LINES_IN_HAND: usize = 64;

/// Stderr, written by a thread of its own: a reader that does not read makes nobody wait, and misses
/// lines instead.
#[derive(Debug)]
pub(crate) struct Aside {
    writer: NonBlocking,
    /// Writes what is left when it is dropped.
    _rest: WorkerGuard,
}

impl Aside {
    /// Lines from now on.
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

/// Whether a person looks at a terminal whose lines can be drawn anew.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal() && !is_dumb() && env::var_os("CI").is_none()
}
