//! SVG as text: elements written in order, with deterministic output.

use std::fmt;
use std::fmt::Write as _;

/// A point of a drawing, in its own units, from the top left.
pub(super) type At = (f64, f64);

/// A drawing in progress. Colours and strokes are classes, so that the page's theme decides them.
#[derive(Debug)]
pub(super) struct Svg(String);

/// The part of a text that stands at its point.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    /// Begins a picture with a title and a description for screen readers.
    pub(super) fn open((width, height): At, id: &str, title: &str, description: &str) -> Self {
        let mut svg = Self(String::new());
        let (id, title, description) = (Escaped(id), Escaped(title), Escaped(description));
        svg.put(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" viewBox=\"0 0 {width} {height}\" \
             role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\
             <title id=\"{id}-title\">{title}</title><desc id=\"{id}-desc\">{description}</desc>\n"
        ));
        svg
    }

    /// A straight line.
    pub(super) fn line(&mut self, class: &str, (x1, y1): At, (x2, y2): At) {
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(Short);
        self.put(format_args!(
            "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>\n"
        ));
    }

    /// A path; nothing if the path is empty.
    pub(super) fn path(&mut self, class: &str, path: &Path) {
        if !path.0.is_empty() {
            let Path(d) = path;
            self.put(format_args!("<path class=\"{class}\" d=\"{d}\"/>\n"));
        }
    }

    /// A rectangle from its top left to its bottom right, with a note for the pointer.
    pub(super) fn rect(&mut self, class: &str, (x, y): At, (right, bottom): At, note: &str) {
        let [x, y, width, height] = [x, y, right - x, bottom - y].map(Short);
        self.put(format_args!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\""
        ));
        self.noted("rect", note);
    }

    /// A dot with a note for the pointer.
    pub(super) fn dot(&mut self, class: &str, (x, y): At, radius: f64, note: &str) {
        let [x, y, radius] = [x, y, radius].map(Short);
        self.put(format_args!(
            "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\""
        ));
        self.noted("circle", note);
    }

    /// A line of text.
    pub(super) fn text(&mut self, class: &str, (x, y): At, anchor: Anchor, words: &str) {
        let ([x, y], words) = ([x, y].map(Short), Escaped(words));
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.put(format_args!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{words}</text>\n"
        ));
    }

    /// The finished picture.
    pub(super) fn close(mut self) -> String {
        self.put(format_args!("</svg>\n"));
        self.0
    }

    /// Ends the tag of an element, with its note if there is one.
    fn noted(&mut self, tag: &str, note: &str) {
        if note.is_empty() {
            self.put(format_args!("/>\n"));
        } else {
            let note = Escaped(note);
            self.put(format_args!("><title>{note}</title></{tag}>\n"));
        }
    }

    fn put(&mut self, text: fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        let _ = self.0.write_fmt(text);
    }
}

/// A path of line segments.
#[derive(Debug, Default)]
pub(super) struct Path(String);

impl Path {
    /// Starts a new segment at a point.
    pub(super) fn begin(&mut self, (x, y): At) {
        self.put(format_args!("M{} {}", Short(x), Short(y)));
    }

    /// Draws a line to a point.
    pub(super) fn go(&mut self, (x, y): At) {
        self.put(format_args!("L{} {}", Short(x), Short(y)));
    }

    /// Draws one step of a staircase: vertical, then horizontal.
    pub(super) fn step(&mut self, (x, y): At) {
        self.put(format_args!("V{}H{}", Short(y), Short(x)));
    }

    /// Closes the segment.
    pub(super) fn close(&mut self) {
        self.put(format_args!("Z"));
    }

    fn put(&mut self, text: fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        let _ = self.0.write_fmt(text);
    }
}

/// A coordinate rounded to a tenth, finer than a screen shows.
struct Short(f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Adding zero turns a negative zero into a plain one.
        write!(f, "{}", (self.0 * 10.0).round() / 10.0 + 0.0)
    }
}

/// A text escaped for markup.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for char in self.0.chars() {
            match char {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                _ => f.write_char(char)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup() {
        let mut svg = Svg::open((1.0, 1.0), "a", "<b>", "\"'");
        svg.text("label", (0.0, 0.0), Anchor::Start, "</svg>&");
        let drawn = svg.close();
        assert!(drawn.contains("&lt;b&gt;</title>"), "{drawn}");
        assert!(drawn.contains(">&quot;&#39;</desc>"), "{drawn}");
        assert!(drawn.contains(">&lt;/svg&gt;&amp;</text>"), "{drawn}");
    }

    #[test]
    fn coordinates_are_short() {
        let written = [1.0, 1.25, -0.01, 99.96].map(|v| Short(v).to_string());
        assert_eq!(written, ["1", "1.3", "0", "100"]);
    }
}
