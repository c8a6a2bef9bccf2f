//! A table of fields, each the darker the more there is in it, with its figure written upon it.

use super::frame::width;
use super::svg::{Anchor, Svg};
use super::{Size, Tone};

/// A table of fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Heat {
    /// What it shows, in a few words.
    pub title: String,
    /// What there is to see, for those who do not.
    pub description: String,
    /// What the columns are.
    pub x: String,
    /// What the rows are.
    pub y: String,
    /// The colour of the darkest.
    pub tone: Tone,
    /// The names of the columns, from left to right.
    pub columns: Vec<String>,
    /// From the bottom up, each row with its name and its fields from left to right.
    pub rows: Vec<(String, Vec<HeatCell>)>,
}

/// One field.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatCell {
    /// How dark it is, 0 to 1.
    pub depth: f64,
    /// What is written upon it.
    pub figure: String,
    /// What is said when it is pointed at.
    pub note: String,
    /// Whether it is the one that matters.
    pub is_chosen: bool,
}

/// The height of a field.
const HEIGHT: f64 = 30.0;

/// What covers the ground entirely would hide the figure.
const DARKEST: f64 = 0.5;

impl Heat {
    /// Draws it; `id` is its own within the page.
    pub fn svg(&self, size: Size, id: &str) -> String {
        let right = match size {
            Size::Wide => 720.0,
            Size::Narrow => 360.0,
        };
        let (top, left) = (26.0, self.names());
        let rows = lines(self.rows.len());
        let bottom = top + rows * HEIGHT;
        let mut svg = Svg::open((right, bottom + 40.0), id, &self.title, &self.description);
        svg.text("axis", (0.0, 12.0), Anchor::Start, &self.y);
        let step = (right - left) / lines(self.columns.len().max(1));
        let mut high = bottom - HEIGHT;
        for (name, cells) in &self.rows {
            let middle = high + HEIGHT / 2.0 + 4.0;
            svg.text("tick", (left - 8.0, middle), Anchor::End, name);
            let mut from = left;
            for cell in cells {
                self.draw(cell, (from, high), (from + step, high + HEIGHT), &mut svg);
                from += step;
            }
            high -= HEIGHT;
        }
        self.draw_chosen((left, step, bottom), &mut svg);
        let mut middle = left + step / 2.0;
        for name in &self.columns {
            svg.text("tick", (middle, bottom + 17.0), Anchor::Middle, name);
            middle += step;
        }
        svg.text("axis", (right, bottom + 36.0), Anchor::End, &self.x);
        svg.close()
    }

    fn draw(&self, cell: &HeatCell, top_left: (f64, f64), end: (f64, f64), svg: &mut Svg) {
        let depth = cell.depth.clamp(0.0, 1.0) * DARKEST;
        svg.rect("cell cell-ground", top_left, end, "");
        svg.field(
            &format!("cell {}", self.tone.class()),
            top_left,
            end,
            depth,
            &cell.note,
        );
        if width(&cell.figure) <= end.0 - top_left.0 {
            let at = (
                f64::midpoint(top_left.0, end.0),
                f64::midpoint(top_left.1, end.1) + 4.0,
            );
            svg.text("figure", at, Anchor::Middle, &cell.figure);
        }
    }

    /// A frame around what matters, above all fields.
    fn draw_chosen(&self, (left, step, bottom): (f64, f64, f64), svg: &mut Svg) {
        let mut high = bottom - HEIGHT;
        for (_, cells) in &self.rows {
            let mut from = left;
            for cell in cells {
                if cell.is_chosen {
                    svg.rect("frame", (from, high), (from + step, high + HEIGHT), "");
                }
                from += step;
            }
            high -= HEIGHT;
        }
    }

    /// How wide the names of the rows are, with their gap.
    fn names(&self) -> f64 {
        let widths = self.rows.iter().map(|(name, _)| width(name));
        widths.fold(0.0, f64::max) + 12.0
    }
}

fn lines(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_drawn_with_its_figure_where_there_is_room_for_it() {
        let cell = |figure: &str, is_chosen| HeatCell {
            depth: 0.5,
            figure: figure.to_owned(),
            note: format!("it is {figure}"),
            is_chosen,
        };
        let heat = Heat {
            title: "Heat".to_owned(),
            description: "Two rows of two.".to_owned(),
            x: "x".to_owned(),
            y: "y".to_owned(),
            tone: Tone::Red,
            columns: vec!["1".to_owned(), "2".to_owned()],
            rows: vec![
                ("a".to_owned(), vec![cell("a1", false), cell("a2", true)]),
                (
                    "b".to_owned(),
                    vec![cell("b1", false), cell(&"b2".repeat(90), false)],
                ),
            ],
        };
        for size in [Size::Wide, Size::Narrow] {
            let drawn = heat.svg(size, "id");
            assert_eq!(drawn.matches("class=\"cell red\"").count(), 4, "{drawn}");
            assert_eq!(drawn.matches("class=\"figure\"").count(), 3, "{drawn}");
            assert_eq!(drawn.matches("class=\"frame\"").count(), 1, "{drawn}");
            assert_eq!(drawn.matches("<title>it is ").count(), 4, "{drawn}");
        }
    }
}
