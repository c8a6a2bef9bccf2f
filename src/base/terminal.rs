//! The terminal: its abilities, redrawn lines, files beside it, and requests to stop.

mod aside;
mod exit;
mod interrupt;
mod output;
mod screen;

use std::env;
use std::io::{self, IsTerminal};

use terminal_size::{Width, terminal_size_of};

use super::layout::{Medium, Style};

pub(crate) use self::aside::{Aside, is_watched};
pub use self::exit::Exit;
pub(crate) use self::interrupt::{StopRequests, stop_on_signals};
pub(crate) use self::output::{Output, OutputError};
pub(crate) use self::screen::Screen;

/// Whether the terminal, if there is one, cannot redraw its lines.
pub(crate) fn is_dumb() -> bool {
    env::var_os("TERM").is_none_or(|term| term == "dumb")
}

/// The medium of stdout: the width of its terminal, with colours unless `NO_COLOR` is set.
pub(crate) fn medium() -> Medium {
    let stdout = io::stdout();
    let style = if stdout.is_terminal() && env::var_os("NO_COLOR").is_none() {
        Style::Terminal
    } else {
        Style::Plain
    };
    let columns = match terminal_size_of(stdout) {
        Some((Width(columns), _)) => columns.into(),
        None => Medium::default().columns,
    };
    Medium { style, columns }
}
