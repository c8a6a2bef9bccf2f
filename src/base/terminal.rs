//! The terminal: what it can show, lines that are drawn anew, files beside it, and requests to stop.

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

/// Whether the lines of a terminal, if there is one, cannot be drawn anew.
pub(crate) fn is_dumb() -> bool {
    env::var_os("TERM").is_none_or(|term| term == "dumb")
}

/// What stdout is: as wide as its terminal, with colours for a person who has not said that they want
/// none.
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
