//! The state of the view, and its changes by news and keys. Nothing here blocks.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::prompt::{Prompt, Step};
use super::rates::Pace;
use crate::client::admin::Address;
use crate::observe::Status;

/// Everything that the screen shows.
#[derive(Debug)]
pub(crate) struct Model {
    /// The administration port of the server.
    pub(crate) address: Address,
    /// The latest status of the server.
    pub(crate) seen: Option<Seen>,
    /// The reason why the server has not answered since then, if so.
    pub(crate) silence: Option<String>,
    /// Whether the screen is updated.
    pub(crate) watch: Watch,
    /// The input that waits for keys.
    pub(crate) prompt: Prompt,
    /// The result of the last change of the workers, until the next key.
    pub(crate) notice: Option<String>,
    /// The amount of help at the foot of the screen.
    pub(crate) help: Help,
}

/// One status reply and when it was received.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: Status,
    pub(crate) pace: Pace,
    /// The time of day of the reply.
    pub(crate) at: String,
}

/// Whether the screen is updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watch {
    Following,
    Paused,
}

/// The amount of help on the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Help {
    Short,
    Long,
}

/// A report of the polling thread.
#[derive(Debug)]
pub(crate) enum News {
    /// The server answered, at this time of day.
    Seen(Box<Status>, String),
    /// The server did not answer, with the reason.
    Silent(String),
    /// The server will have this number of workers.
    Changed(usize),
    /// The server refused the number of workers, with the reason.
    NotChanged(String),
}

/// An action of a key that the model cannot do by itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Leave,
    /// Set this number of workers.
    Change(usize),
}

impl Seen {
    /// The first status: there is no earlier one to compare it with.
    pub(crate) fn first(status: Status) -> Self {
        let pace = Pace::since_start(&status);
        Self {
            status,
            pace,
            at: String::new(),
        }
    }

    /// The wanted number of workers.
    pub(crate) fn workers(&self) -> usize {
        self.status.server.workers.wanted
    }
}

impl Model {
    /// A model before the first status.
    pub(crate) fn new(address: Address) -> Self {
        Self {
            address,
            seen: None,
            silence: None,
            watch: Watch::Following,
            prompt: Prompt::default(),
            notice: None,
            help: Help::Short,
        }
    }

    /// Applies a report of the polling thread.
    pub(crate) fn learn(&mut self, news: News) {
        match news {
            News::Changed(workers) => self.notice = Some(format!("{workers} workers from now on")),
            News::NotChanged(why) => self.notice = Some(why),
            News::Seen(..) | News::Silent(_) if self.watch == Watch::Paused => {}
            News::Silent(why) => self.silence = Some(why),
            News::Seen(status, at) => {
                let last = self.seen.take();
                let pace = last.and_then(|last| Pace::between(&last.status, &status));
                let first = Seen::first(*status);
                self.seen = Some(Seen {
                    pace: pace.unwrap_or(first.pace),
                    at,
                    ..first
                });
                self.silence = None;
            }
        }
    }

    /// Applies a key, or returns the action to take.
    pub(crate) fn press(&mut self, key: KeyEvent) -> Option<Deed> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        self.notice = None;
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return (key.code == KeyCode::Char('c')).then_some(Deed::Leave);
        }
        let workers = self.seen.as_ref().map(Seen::workers);
        match workers.map_or(Step::Nowhere, |workers| self.prompt.step(key.code, workers)) {
            Step::To(prompt) => self.prompt = prompt,
            Step::Change(workers) => {
                self.prompt = Prompt::Closed;
                return Some(Deed::Change(workers));
            }
            Step::Nowhere if self.prompt == Prompt::Closed => return self.command(key.code),
            Step::Nowhere => {}
        }
        None
    }

    /// The effect of a key when no prompt is open.
    fn command(&mut self, key: KeyCode) -> Option<Deed> {
        match key {
            KeyCode::Char('q') | KeyCode::Esc => return Some(Deed::Leave),
            KeyCode::Char('p') => {
                self.watch = match self.watch {
                    Watch::Following => Watch::Paused,
                    Watch::Paused => Watch::Following,
                }
            }
            KeyCode::Char('?') => {
                self.help = match self.help {
                    Help::Short => Help::Long,
                    Help::Long => Help::Short,
                }
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::top::rates::Span;
    use crate::top::sample;

    fn seen(status: Status) -> News {
        News::Seen(Box::new(status), "12:34:56".into())
    }

    fn model() -> Model {
        let mut model = Model::new(Address::default());
        model.learn(seen(sample::status(8)));
        model
    }

    /// Presses keys in order, and returns the action of the last one.
    fn press(model: &mut Model, keys: &str) -> Option<Deed> {
        let code = |key| match key {
            '\n' => KeyCode::Enter,
            '\x08' => KeyCode::Backspace,
            '\x1b' => KeyCode::Esc,
            key => KeyCode::Char(key),
        };
        let pressed = keys.chars().map(|key| model.press(code(key).into()));
        pressed.last().flatten()
    }

    #[test]
    fn q_escape_and_control_c_leave() {
        for keys in ["q", "\x1b", "p?q"] {
            assert_eq!(press(&mut model(), keys), Some(Deed::Leave), "{keys:?}");
        }
        let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        let mut typing = model();
        press(&mut typing, "1");
        assert_eq!(typing.press(interrupt), Some(Deed::Leave));
        let mut unseen = Model::new(Address::default());
        assert_eq!(press(&mut unseen, "q"), Some(Deed::Leave));
    }

    #[test]
    fn another_number_of_workers_takes_a_number_and_a_yes() {
        for (keys, wanted) in [
            ("+y", 9),
            ("-y", 7),
            ("+++y", 11),
            ("---------y", 1),
            ("12\ny", 12),
            ("13\x082\ny", 12),
            ("12\n+Y", 13),
            ("123456\ny", 12345),
            // The greatest permitted number is never exceeded.
            ("30001\ny", 3000),
            ("30000\n+y", 30000),
        ] {
            let mut model = model();
            assert_eq!(
                press(&mut model, keys),
                Some(Deed::Change(wanted)),
                "{keys:?}"
            );
            assert_eq!(model.prompt, Prompt::Closed);
        }
    }

    #[test]
    fn without_a_yes_the_workers_stay_as_they_are() {
        for keys in [
            "+", "+n", "+\x1b", "12", "12\n", "12\nn", "12\x1b", "1\x08", "0\ny", "y", "+q",
        ] {
            assert_eq!(press(&mut model(), keys), None, "{keys:?}");
        }
        let mut unseen = Model::new(Address::default());
        assert_eq!(press(&mut unseen, "+y12\ny"), None);
    }

    #[test]
    fn escape_leaves_a_question_first_and_the_screen_after_that() {
        let mut model = model();
        assert_eq!(press(&mut model, "+\x1b"), None);
        assert_eq!(press(&mut model, "\x1b"), Some(Deed::Leave));
    }

    #[test]
    fn how_a_change_came_out_is_said_until_the_next_key() {
        let mut model = model();
        model.learn(News::Changed(12));
        assert_eq!(model.notice.as_deref(), Some("12 workers from now on"));
        press(&mut model, "x");
        assert_eq!(model.notice, None);
        model.learn(News::NotChanged("no".into()));
        assert_eq!(model.notice.as_deref(), Some("no"));
    }

    #[test]
    fn the_pace_begins_anew_when_the_server_does() {
        let mut model = model();
        let span = |model: &Model| model.seen.as_ref().unwrap().pace.span;
        assert_eq!(span(&model), Span::SinceStart);
        let mut later = sample::status(8);
        later.uptime_seconds += 1.0;
        model.learn(seen(later.clone()));
        assert_eq!(span(&model), Span::Lately);
        model.learn(News::Silent("gone".into()));
        assert_eq!(model.silence.as_deref(), Some("gone"));
        later.started_seconds += 60.0;
        later.uptime_seconds = 1.0;
        model.learn(seen(later));
        assert_eq!(
            (model.silence.as_deref(), span(&model)),
            (None, Span::SinceStart)
        );
    }

    #[test]
    fn a_pause_holds_what_is_seen() {
        let mut model = model();
        press(&mut model, "p");
        model.learn(seen(sample::status(4)));
        model.learn(News::Silent("gone".into()));
        assert_eq!(model.seen.as_ref().unwrap().workers(), 8);
        assert_eq!(model.silence, None);
        press(&mut model, "p");
        model.learn(seen(sample::status(4)));
        assert_eq!(model.seen.as_ref().unwrap().workers(), 4);
    }
}
