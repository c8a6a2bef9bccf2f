//! Lines that wrap between items on a narrow screen.

use std::mem;

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::base::layout;

/// Columns of a label, including the gap behind it.
pub(crate) const LABEL: usize = 9;

/// Items in sequence with a gap between them, in as many lines as needed.
pub(crate) fn flow(
    items: impl IntoIterator<Item = Line<'static>>,
    gap: &'static str,
    width: usize,
) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut line = Line::default();
    let mut filled = 0_usize;
    for item in items {
        let needed = item.width().saturating_add(gap.len());
        if filled > 0 && filled.saturating_add(needed) > width {
            lines.push(mem::take(&mut line));
            filled = 0;
        } else if filled > 0 {
            line.push_span(gap);
            filled = filled.saturating_add(gap.len());
        }
        filled = filled.saturating_add(item.width());
        line.spans.extend(item.spans);
    }
    lines.push(line);
    lines
}

/// The words of a text. A figure and the word after it stay together.
pub(crate) fn words(text: &str, style: Style) -> impl Iterator<Item = Line<'static>> {
    let words = layout::words(text).into_iter();
    words.map(move |word| Span::styled(word.to_owned(), style).into())
}

/// The words of a text in as many lines as needed, with a label before the first.
pub(crate) fn labelled(label: &str, style: Style, text: &str, width: usize) -> Vec<Line<'static>> {
    let words = words(text, Style::new());
    let mut lines = flow(words, " ", width.saturating_sub(LABEL));
    let labels = std::iter::once(label).chain(std::iter::repeat(""));
    for (line, label) in lines.iter_mut().zip(labels) {
        let label = Span::styled(format!("{label:<LABEL$}"), style);
        line.spans.insert(0, label);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flown(text: &str, width: usize) -> Vec<String> {
        let lines = flow(words(text, Style::new()), " ", width);
        lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_text_breaks_between_words_and_never_within_one() {
        assert_eq!(flown("one two three", 80), ["one two three"]);
        assert_eq!(flown("one two three", 7), ["one two", "three"]);
        assert_eq!(flown("one two three", 6), ["one", "two", "three"]);
        assert_eq!(flown("one two three", 1), ["one", "two", "three"]);
        assert_eq!(flown("for 3 442 s", 7), ["for", "3 442 s"]);
        assert_eq!(flown("", 7), [""]);
    }

    #[test]
    fn a_label_stands_before_the_first_line_and_the_others_below_the_text() {
        let lines = labelled("queue", Style::new(), "one two three", LABEL + 7);
        let lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
        assert_eq!(lines, ["queue    one two", "         three"]);
    }
}
