//! What is seen of a run while it goes on: a view that redraws itself on a terminal, lines elsewhere.
//! All of it on stderr; stdout is for the results.

mod lines;
mod screen;
mod view;

use std::env;
use std::io::{self, IsTerminal, Write};

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};

use crate::commands::is_dumb;
use crate::load::{Observer, Plan};

use lines::Lines;
use view::View;

pub(super) use screen::Screen;

/// Lines that may wait for whoever reads stderr.
const LINES_IN_HAND: usize = 64;

/// The observer that suits whoever reads stderr; if that is a person, on this screen.
pub(super) fn observer(plan: &Plan, screen: Screen) -> Box<dyn Observer> {
    if is_watched() {
        Box::new(View::new(plan, screen))
    } else {
        Box::new(Lines::new(Aside::stderr(), plan.warmup))
    }
}

/// Stderr, written by a thread of its own: a reader that does not read makes nobody wait, and misses
/// lines instead.
struct Aside {
    writer: NonBlocking,
    /// Writes what is left when it is dropped.
    _rest: WorkerGuard,
}

impl Aside {
    fn stderr() -> Self {
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
fn is_watched() -> bool {
    io::stderr().is_terminal() && !is_dumb() && env::var_os("CI").is_none()
}
