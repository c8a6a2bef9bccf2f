//! The prompt for another number of workers: `+`, `-` or digits, then a question.

use ratatui::crossterm::event::KeyCode;

use crate::config::MOST_WORKERS;

/// The input at the foot of the screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Prompt {
    /// No input.
    #[default]
    Closed,
    /// A number in progress.
    Number(String),
    /// The question whether to set this number of workers.
    Question(usize),
}

/// The effect of a key on the prompt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The prompt changes to this state.
    To(Prompt),
    /// The number of workers changes.
    Change(usize),
    /// None: the key has no meaning here.
    Nowhere,
}

impl Prompt {
    /// The effect of a key, given the wanted number of workers.
    pub(crate) fn step(&self, key: KeyCode, workers: usize) -> Step {
        match self {
            Self::Closed => opened(key, workers),
            Self::Number(digits) => typed(digits, key),
            Self::Question(wanted) => answered(*wanted, key),
        }
    }
}

fn opened(key: KeyCode, workers: usize) -> Step {
    match key {
        KeyCode::Char(digit @ '1'..='9') => Step::To(Prompt::Number(digit.into())),
        KeyCode::Char('+' | '-') => answered(workers, key),
        _ => Step::Nowhere,
    }
}

fn typed(digits: &str, key: KeyCode) -> Step {
    match (key, digits.parse()) {
        (KeyCode::Char(digit @ '0'..='9'), _) => {
            let digits = format!("{digits}{digit}");
            match digits.parse() {
                Ok(0..=MOST_WORKERS) => Step::To(Prompt::Number(digits)),
                _ => Step::Nowhere,
            }
        }
        (KeyCode::Backspace, _) => {
            let mut digits = digits.to_owned();
            digits.pop();
            if digits.is_empty() {
                Step::To(Prompt::Closed)
            } else {
                Step::To(Prompt::Number(digits))
            }
        }
        (KeyCode::Enter, Ok(wanted)) => Step::To(Prompt::Question(wanted)),
        (KeyCode::Esc, _) => Step::To(Prompt::Closed),
        _ => Step::Nowhere,
    }
}

fn answered(wanted: usize, key: KeyCode) -> Step {
    match key {
        KeyCode::Char('+') => {
            Step::To(Prompt::Question(wanted.saturating_add(1).min(MOST_WORKERS)))
        }
        KeyCode::Char('-') => Step::To(Prompt::Question(wanted.saturating_sub(1).max(1))),
        KeyCode::Char('y' | 'Y') => Step::Change(wanted),
        KeyCode::Char('n' | 'N') | KeyCode::Esc => Step::To(Prompt::Closed),
        _ => Step::Nowhere,
    }
}
