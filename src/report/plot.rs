//! Plots as SVG: what is to be seen goes in, a picture comes out that reads on paper, on a phone, by
//! day and by night. Colours are classes; [`STYLE`] gives them their values in either theme.

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

/// A picture of figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// What it shows, in a few words.
    pub title: String,
    /// What there is to see, for those who do not.
    pub description: String,
    /// From left to right.
    pub x: Axis,
    /// From the bottom up.
    pub y: Axis,
    /// What is drawn, the first at the back.
    pub series: Vec<Series>,
    /// Stretches of the horizontal axis that are set apart.
    pub shades: Vec<Shade>,
    /// Values of the horizontal axis that are marked.
    pub uprights: Vec<Upright>,
    /// What is said where someone points.
    pub notes: Vec<Note>,
}

/// Figures that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What is written beside them; nothing where the plot says it all.
    pub name: String,
    /// Their colour.
    pub tone: Tone,
    /// Their form.
    pub mark: Mark,
}

/// A colour by its name: one for each theme, told apart by colour-blind eyes too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// For what is well, or comes first.
    Blue,
    /// For what is not quite well, or comes second.
    Orange,
    /// For what is wrong.
    Red,
    /// One more.
    Green,
    /// And one more.
    Purple,
    /// For what others are compared with.
    Grey,
}

/// How figures are drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A line through points, from left to right.
    Line(Vec<(f64, f64)>),
    /// The same with gaps: for what comes second, or was never measured.
    Dashed(Vec<(f64, f64)>),
    /// The surface between two lines: where it is, and from where to where it reaches there.
    Band(Vec<(f64, f64, f64)>),
    /// A dot at each point, and what it says.
    Dots(Vec<((f64, f64), String)>),
    /// A line along the top of spans, broken where they do not meet.
    Steps(Vec<Span>),
    /// The surface of spans, as one where they meet.
    Area(Vec<Span>),
    /// Each span by itself, and what it says.
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

/// A stretch of the horizontal axis that is set apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Shade {
    /// Its left end.
    pub from: f64,
    /// Its right end.
    pub to: f64,
    /// Why.
    pub label: String,
}

/// A value of the horizontal axis that is marked, from the bottom to the top.
#[derive(Debug, Clone, PartialEq)]
pub struct Upright {
    /// The value.
    pub at: f64,
    /// What it is.
    pub label: String,
    /// Its colour.
    pub tone: Tone,
}

/// What is said of a stretch of the horizontal axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// Its left end.
    pub from: f64,
    /// Its right end.
    pub to: f64,
    /// What is said.
    pub text: String,
}

/// The room there is for a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// The width of a page: names stand beside what they name.
    Wide,
    /// The width of a phone: names stand above the plot.
    Narrow,
}

impl Plot {
    /// Draws it; `id` is its own within the page.
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
        // Each label has a line of its own above the plot, where nothing else is.
        let mut y = frame.top - 4.0;
        for upright in &self.uprights {
            let (x, tone) = (frame.x(&self.x, upright.at), upright.tone.class());
            svg.line(&format!("upright {tone}"), (x, y - 10.0), (x, frame.bottom));
            // To its right, if there is room.
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
    /// Figures with a name, a colour and a form.
    pub fn new(name: &str, tone: Tone, mark: Mark) -> Self {
        let name = name.to_owned();
        Self { name, tone, mark }
    }
}

impl Tone {
    /// The class of what has this colour.
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
