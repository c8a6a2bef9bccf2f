//! Styles for emphasis, with or without colours.

use std::env;

use ratatui::style::{Color, Modifier, Style};

use crate::observe::State;

/// The most important text.
pub(crate) const STRONG: Style = Style::new().add_modifier(Modifier::BOLD);

/// Whether to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Palette {
    Colours,
    Plain,
}

impl Palette {
    /// Colours, unless `NO_COLOR` is set.
    pub(crate) fn of_environment() -> Self {
        match env::var_os("NO_COLOR") {
            Some(value) if !value.is_empty() => Self::Plain,
            _ => Self::Colours,
        }
    }

    /// The style of a worker's state.
    pub(crate) fn state(self, state: State) -> Style {
        let colour = match state {
            State::Idle => return self.faint(),
            State::Awaiting => Color::Cyan,
            State::Reading => Color::Yellow,
            State::Working => Color::Green,
            State::Writing => Color::Magenta,
        };
        match self {
            Self::Colours => Style::new().fg(Color::Black).bg(colour),
            Self::Plain => STRONG,
        }
    }

    /// The least important text.
    pub(crate) fn faint(self) -> Style {
        match self {
            Self::Colours => Style::new().fg(Color::DarkGray),
            Self::Plain => Style::new().add_modifier(Modifier::DIM),
        }
    }

    /// A problem.
    pub(crate) fn alarming(self) -> Style {
        match self {
            Self::Colours => STRONG.fg(Color::Red),
            Self::Plain => STRONG,
        }
    }

    /// An outdated value.
    pub(crate) fn past(self) -> Style {
        match self {
            Self::Colours => self
                .faint()
                .bg(Color::Reset)
                .remove_modifier(Modifier::BOLD),
            Self::Plain => self.faint().remove_modifier(Modifier::BOLD),
        }
    }
}
