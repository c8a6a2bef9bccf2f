//! The foot of the screen: the question that waits for an answer, or which keys there are.

use ratatui::text::{Line, Span};

use super::flow::{flow, words};
use super::palette::{Palette, STRONG};
use crate::commands::top::model::{Help, Model, Seen, Watch};
use crate::commands::top::prompt::Prompt;

/// The foot.
pub(super) fn foot(model: &Model, palette: Palette, width: usize) -> Vec<Line<'static>> {
    let left = match (&model.prompt, &model.notice) {
        (Prompt::Number(digits), _) => format!("workers: {digits}_ then Enter, or Esc"),
        (Prompt::Question(wanted), _) => {
            let now = model.seen.as_ref().map_or(0, Seen::workers);
            format!("{now} -> {wanted} workers? y/n")
        }
        (Prompt::Closed, Some(notice)) => notice.clone(),
        (Prompt::Closed, None) => return keys(model, palette, width),
    };
    flow(words(&left, STRONG), " ", width)
}

/// Which keys there are and, if there is room, which server it is and of when.
fn keys(model: &Model, palette: Palette, width: usize) -> Vec<Line<'static>> {
    let left = match model.help {
        Help::Short => "q leave  + - workers  p pause  ? help",
        Help::Long => "q Esc leave  + - or a number and Enter: workers  p pause  ? less",
    };
    let seen = model.seen.as_ref();
    let at = seen.map_or_else(String::new, |seen| format!(" at {}", seen.at));
    let paused = match model.watch {
        Watch::Following => "",
        Watch::Paused => "paused: ",
    };
    let right = Span::from(format!("{paused}{}{at}", model.address));
    let left = Span::styled(left, palette.faint());
    let gap = width.checked_sub(left.width().saturating_add(right.width()));
    match gap {
        Some(gap) if gap > 1 => vec![Line::from(vec![left, " ".repeat(gap).into(), right])],
        _ if model.watch == Watch::Paused => vec![Line::from(vec![paused.into(), left])],
        _ => vec![left.into()],
    }
}
