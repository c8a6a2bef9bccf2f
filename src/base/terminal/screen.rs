//! Redrawn lines of a terminal, which any thread can remove.

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, TermLike};
use terminal_size::{Height, Width, terminal_size_of};

/// Redraws a second after a first burst. Drawing takes CPU time from the cores of the run.
const REDRAWS: u8 = 5;

/// The assumed size of a terminal that does not report its own.
const USUAL_SIZE: (Width, Height) = (Width(80), Height(24));

/// Lines on stderr. All clones share the lines.
#[derive(Debug, Clone)]
pub(crate) struct Screen(MultiProgress);

impl Screen {
    /// A screen that draws nothing until it has lines.
    pub(crate) fn on_stderr() -> Self {
        let terminal = Box::new(Terminal(Mutex::new(BufWriter::new(io::stderr()))));
        let target = ProgressDrawTarget::term_like_with_hz(terminal, REDRAWS);
        Self(MultiProgress::with_draw_target(target))
    }

    /// Adds a line below the others.
    pub(crate) fn add(&self, line: ProgressBar) -> ProgressBar {
        self.0.add(line)
    }

    /// Removes all lines.
    pub(crate) fn clear(&self) {
        // A terminal that is gone needs no clearing.
        let _ = self.0.clear();
    }
}

/// A terminal as the target of drawing.
#[derive(Debug)]
struct Terminal<W: Write>(Mutex<BufWriter<W>>);

impl<W: Write> Terminal<W> {
    fn lock(&self) -> MutexGuard<'_, BufWriter<W>> {
        // The buffer holds only text, so the panic of another thread leaves it usable.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the cursor. A terminal takes zero steps as one, so zero steps write nothing.
    fn step(&self, by: usize, direction: char) -> io::Result<()> {
        match by {
            0 => Ok(()),
            by => write!(self.lock(), "\x1b[{by}{direction}"),
        }
    }
}

impl<W: Write + fmt::Debug + Send> TermLike for Terminal<W> {
    fn width(&self) -> u16 {
        let (Width(columns), _) = size();
        columns
    }

    fn height(&self) -> u16 {
        let (_, Height(lines)) = size();
        lines
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.step(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.step(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.step(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.step(n, 'D')
    }

    fn write_line(&self, s: &str) -> io::Result<()> {
        writeln!(self.lock(), "{s}")
    }

    fn write_str(&self, s: &str) -> io::Result<()> {
        self.lock().write_all(s.as_bytes())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.write_str("\r\x1b[2K")
    }

    /// Shows the drawing and returns the cursor to the left margin. At the end of a full line an echoed
    /// `^C` would start a new line, and the next drawing would be off by one.
    fn flush(&self) -> io::Result<()> {
        self.write_str("\r")?;
        self.lock().flush()
    }
}

fn size() -> (Width, Height) {
    terminal_size_of(io::stderr()).unwrap_or(USUAL_SIZE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_drawing_the_cursor_stands_where_what_is_typed_begins_no_line() {
        let terminal = Terminal(Mutex::new(BufWriter::new(Vec::new())));
        terminal.move_cursor_up(0).unwrap();
        terminal.move_cursor_up(3).unwrap();
        terminal.write_str("a full line").unwrap();
        terminal.flush().unwrap();
        assert_eq!(terminal.lock().get_ref(), b"\x1b[3Aa full line\r");
    }
}
