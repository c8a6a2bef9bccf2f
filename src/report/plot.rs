//! SVG plots, readable on paper, on a phone, and in both themes. Colours are classes; [`STYLE`] gives
//! them their values in either theme.

mod axis;
mod frame;
mod marks;
mod scale;
mod svg;

pub use axis::{Axis, Tick};
pub use scale::Scale;

use frame::Frame;
use svg::{Anchor, Svg};

/// The style sheet of every plot, its colours included.
pub const STYLE: &str = include_str!("plot/plot.css");

/// A plot with its axes, series and notes.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// The title: a few words.
    pub title: String,
    /// The description for readers unable to see the picture.
    pub description: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The series, drawn from back to front.
    pub series: Vec<Series>,
    /// The shaded stretches of the horizontal axis.
    pub shades: Vec<Shade>,
    /// The marked values of the horizontal axis.
    pub uprights: Vec<Upright>,
    /// The notes shown where the pointer is.
    pub notes: Vec<Note>,
}

/// A series of figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The written name; empty if the plot needs none.
    pub name: String,
    /// The colour.
    pub tone: Tone,
    /// The form.
    pub mark: Mark,
}

/// A colour by its name, with a value for each theme; colour-blind readers can distinguish them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Good results, or the first series.
    Blue,
    /// Doubtful results, or the second series.
    Orange,
    /// Failures.
    Red,
    /// A further series.
    Green,
    /// One more series.
    Purple,
    /// Figures for comparison.
    Grey,
}

/// How figures are drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A line through points, from left to right.
    Line(Vec<(f64, f64)>),
    /// A dashed line through points: for secondary or unmeasured figures.
    Dashed(Vec<(f64, f64)>),
    /// The surface between two lines: position, lower end, upper end.
    Band(Vec<(f64, f64, f64)>),
    /// A dot at each point, with its note.
    Dots(Vec<((f64, f64), String)>),
    /// A line along the top of spans, broken between spans that do not meet.
    Steps(Vec<Span>),
    /// The surface of spans, joined where spans meet.
    Area(Vec<Span>),
    /// Separate bars, each with its note.
    Bars(Vec<(Span, String)>),
}

/// A rectangle in the units of the axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// Its left end.
    pub from: f64,
    /// Its right end.
    pub to: f64,
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// A shaded stretch of the horizontal axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Shade {
    /// Its left end.
    pub from: f64,
    /// Its right end.
    pub to: f64,
    /// The reason, written beside it.
    pub label: String,
}

/// A vertical line at a value of the horizontal axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Upright {
    /// The value.
    pub at: f64,
    /// The meaning of the value, written beside it.
    pub label: String,
    /// Its colour.
    pub tone: Tone,
}

/// A note for a stretch of the horizontal axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// Its left end.
    pub from: f64,
    /// Its right end.
    pub to: f64,
    /// The text of the note.
    pub text: String,
}

/// The size of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// The width of a page: names stand beside their series.
    Wide,
    /// The width of a phone: names stand above the plot.
    Narrow,
}

impl Plot {
    /// Draws the plot; `id` must be unique within the page.
    pub fn svg(&self, size: Size, id: &str) -> String {
        let frame = Frame::new(self, size);
        let mut svg = Svg::open(frame.extent, id, &self.title, &self.description);
        for shade in &self.shades {
            self.draw_shade(shade, &frame, &mut svg);
        }
        self.draw_y_axis(&frame, &mut svg);
        for series in &self.series {
            series.draw(self, &frame, &mut svg);
        }
        self.draw_uprights(&frame, &mut svg);
        self.draw_x_axis(&frame, &mut svg);
        frame.draw_names(self, &mut svg);
        if size == Size::Wide {
            self.draw_notes(&frame, &mut svg);
        }
        svg.close()
    }

    fn draw_shade(&self, shade: &Shade, frame: &Frame, svg: &mut Svg) {
        let [from, to] = [shade.from, shade.to].map(|at| frame.x(&self.x, at));
        let (top, bottom) = (frame.top, frame.bottom);
        svg.rect("shade", (from, top), (to, bottom), "");
        if frame.holds(&shade.label, to - from) {
            let at = (f64::midpoint(from, to), bottom - 8.0);
            svg.text("aside", at, Anchor::Middle, &shade.label);
        }
    }

    fn draw_y_axis(&self, frame: &Frame, svg: &mut Svg) {
        for tick in &self.y.ticks {
            let y = frame.y(&self.y, tick.at);
            svg.line("grid", (frame.left, y), (frame.right, y));
            svg.text(
                "tick",
                (frame.left - 8.0, y + 4.0),
                Anchor::End,
                &tick.label,
            );
        }
        svg.text("axis", (0.0, 12.0), Anchor::Start, &self.y.title);
    }

    fn draw_x_axis(&self, frame: &Frame, svg: &mut Svg) {
        let (left, right, bottom) = (frame.left, frame.right, frame.bottom);
        svg.line("base", (left, bottom), (right, bottom));
        for tick in self.x.legible(right - left, frame::width) {
            let x = frame.x(&self.x, tick.at);
            svg.line("base", (x, bottom), (x, bottom + 4.0));
            svg.text("tick", (x, bottom + 17.0), Anchor::Middle, &tick.label);
        }
        let (_, height) = frame.extent;
        svg.text("axis", (right, height - 4.0), Anchor::End, &self.x.title);
    }

    fn draw_uprights(&self, frame: &Frame, svg: &mut Svg) {
        // Each label has its own line in the free space above the plot.
        let mut y = frame.top - 4.0;
        for upright in &self.uprights {
            let (x, tone) = (frame.x(&self.x, upright.at), upright.tone.class());
            svg.line(&format!("upright {tone}"), (x, y - 10.0), (x, frame.bottom));
            // The label stands to the right of the line if there is room.
            let (at, anchor) = if x + 5.0 + frame::width(&upright.label) <= frame.right {
                ((x + 5.0, y), Anchor::Start)
            } else {
                ((x - 5.0, y), Anchor::End)
            };
            svg.text(&format!("mark {tone}"), at, anchor, &upright.label);
            y -= frame::LINE;
        }
    }

    fn draw_notes(&self, frame: &Frame, svg: &mut Svg) {
        for note in &self.notes {
            let (from, to) = (frame.x(&self.x, note.from), frame.x(&self.x, note.to));
            svg.rect("note", (from, frame.top), (to, frame.bottom), &note.text);
        }
    }
}

impl Series {
    /// A series from a name, a colour and a form.
    pub fn new(name: &str, tone: Tone, mark: Mark) -> Self {
        let name = name.to_owned();
        Self { name, tone, mark }
    }
}

impl Tone {
    /// The CSS class of this colour.
    fn class(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Orange => "orange",
            Self::Red => "red",
            Self::Green => "green",
            Self::Purple => "purple",
            Self::Grey => "grey",
        }
    }
}

#[cfg(test)]
mod tests;
