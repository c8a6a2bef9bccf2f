//! The foot of the screen: the open question, or the keys.

use ratatui::text::{Line, Span};

use super::flow::{flow, words};
use super::palette::{Palette, STRONG};
use crate::top::model::{Help, Model, Seen, Watch};
use crate::top::prompt::Prompt;

/// The lines of the foot.
pub(crate) fn foot(model: &Model, palette: Palette, width: usize) -> Vec<Line<'static>> {
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

/// The keys and, if there is room, the server and the time of its status.
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
    let whole = Span::styled(left, palette.faint());
    let gap = width.checked_sub(whole.width().saturating_add(right.width()));
    if let Some(gap) = gap.filter(|gap| *gap > 1) {
        return vec![Line::from(vec![whole, " ".repeat(gap).into(), right])];
    }
    let keys = left.split("  ");
    let mut keys: Vec<Line<'static>> = keys
        .map(|key| Span::styled(key, palette.faint()).into())
        .collect();
    if let Some(first) = keys.first_mut().filter(|_| !paused.is_empty()) {
        first.spans.insert(0, paused.into());
    }
    flow(keys, "  ", width)
}
