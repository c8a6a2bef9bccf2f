//! The layout of a picture: the area of the plot, and the names of its series.

use super::svg::{Anchor, At, Svg};
use super::{Axis, Plot, Series, Size};

/// The width of a letter: a generous average, because fonts differ.
const LETTER: f64 = 6.8;

/// The factor by which bold names are wider than other texts.
const BOLD: f64 = 1.1;

/// The height of a line of text.
pub(super) const LINE: f64 = 16.0;

/// The area of the plot within the picture.
#[derive(Debug)]
pub(super) struct Frame {
    /// The width and the height of the picture.
    pub(super) extent: At,
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
    size: Size,
}

/// The approximate width of a text.
pub(super) fn width(text: &str) -> f64 {
    let letters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    f64::from(letters) * LETTER
}

impl Frame {
    /// A frame as large as the texts around it allow.
    pub(super) fn new(plot: &Plot, size: Size) -> Self {
        let extent = match size {
            Size::Wide => (720.0, 290.0),
            Size::Narrow => (360.0, 270.0),
        };
        let widest = |labels: &mut dyn Iterator<Item = &str>| labels.map(width).fold(0.0, f64::max);
        let half_x = widest(&mut plot.x.ticks.iter().map(|tick| tick.label.as_str())) / 2.0;
        let ticks = widest(&mut plot.y.ticks.iter().map(|tick| tick.label.as_str()));
        let names = widest(&mut plot.series.iter().map(|series| series.name.as_str()));
        let (beside, above) = match size {
            Size::Wide if names > 0.0 => (names * BOLD + 12.0, 0.0),
            Size::Wide => (0.0, 0.0),
            Size::Narrow => (0.0, rows(plot, extent.0).1),
        };
        let marks = plot.uprights.iter().map(|_| LINE).sum::<f64>();
        Self {
            extent,
            left: (ticks + 10.0).max(half_x),
            right: extent.0 - beside.max(half_x).max(6.0),
            top: 26.0 + above + marks,
            bottom: extent.1 - 40.0,
            size,
        }
    }

    /// The horizontal position of a value.
    pub(super) fn x(&self, axis: &Axis, value: f64) -> f64 {
        self.left + axis.scale.place(value) * (self.right - self.left)
    }

    /// The vertical position of a value.
    pub(super) fn y(&self, axis: &Axis, value: f64) -> f64 {
        self.bottom - axis.scale.place(value) * (self.bottom - self.top)
    }

    /// Whether a text fits into this width of the plot.
    pub(super) fn holds(&self, text: &str, room: f64) -> bool {
        width(text) + 12.0 <= room.min(self.right - self.left)
    }

    /// Writes the name of each series: beside its end, or in a row above the plot.
    pub(super) fn draw_names(&self, plot: &Plot, svg: &mut Svg) {
        match self.size {
            Size::Wide => self.draw_beside(plot, svg),
            Size::Narrow => self.draw_above(plot, svg),
        }
    }

    fn draw_beside(&self, plot: &Plot, svg: &mut Svg) {
        let ends = named(plot).filter_map(|series| Some((series, self.y(&plot.y, series.end()?))));
        let mut ends: Vec<(&Series, f64)> = ends.collect();
        // A later series lies higher in a stack, even where both have equal height.
        ends.reverse();
        ends.sort_by(|(_, a), (_, b)| a.total_cmp(b));
        let mut heights: Vec<f64> = ends.iter().map(|(_, height)| *height).collect();
        keep_apart(&mut heights, self.bottom);
        for ((series, _), height) in ends.into_iter().zip(heights) {
            let class = format!("name {}", series.tone.class());
            let at = (self.right + 8.0, height + 4.0);
            svg.text(&class, at, Anchor::Start, &series.name);
        }
    }

    fn draw_above(&self, plot: &Plot, svg: &mut Svg) {
        let (places, _) = rows(plot, self.extent.0);
        for (series, (x, y)) in named(plot).zip(places) {
            let tone = series.tone.class();
            let swatch = format!("swatch {tone}");
            svg.rect(&swatch, (x, y - 9.0), (x + 10.0, y + 1.0), "");
            let at = (x + 15.0, y);
            svg.text(&format!("name {tone}"), at, Anchor::Start, &series.name);
        }
    }
}

fn named(plot: &Plot) -> impl Iterator<Item = &Series> {
    let all = plot.series.iter();
    all.filter(|series| !series.name.is_empty() && series.end().is_some())
}

/// The positions of names in rows, and the height of the rows together.
fn rows(plot: &Plot, room: f64) -> (Vec<At>, f64) {
    let (mut x, mut y) = (0.0, 12.0 + LINE);
    let mut places = Vec::new();
    for series in named(plot) {
        let needed = width(&series.name) * BOLD + 29.0;
        if x > 0.0 && x + needed > room {
            (x, y) = (0.0, y + LINE);
        }
        places.push((x, y));
        x += needed;
    }
    let height = if places.is_empty() { 0.0 } else { y - 12.0 };
    (places, height)
}

/// Moves ascending heights so that lines of text do not touch, and none lies below the bottom.
fn keep_apart(heights: &mut [f64], bottom: f64) {
    let mut free = f64::MIN;
    for height in heights.iter_mut() {
        *height = height.max(free);
        free = *height + LINE;
    }
    let mut free = bottom;
    for height in heights.iter_mut().rev() {
        *height = height.min(free);
        free = *height - LINE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn names_beside_each_other_do_not_touch(
            mut heights in proptest::collection::vec(0.0..250.0_f64, 0..6)
        ) {
            heights.sort_by(f64::total_cmp);
            keep_apart(&mut heights, 250.0);
            prop_assert!(heights.iter().all(|height| *height <= 250.0));
            prop_assert!(heights.windows(2).all(|pair| pair[1] - pair[0] >= LINE - 1e-9));
        }
    }
}
