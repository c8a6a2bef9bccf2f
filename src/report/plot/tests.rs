//! Tests of rules for every plot.

use super::*;

fn small() -> Plot {
    let write = |value: f64| format!("{value}");
    let span = |from, high| Span {
        from,
        to: from + 1.0,
        low: 0.0,
        high,
    };
    Plot {
        title: "Small".to_owned(),
        description: "Two steps, the second higher.".to_owned(),
        x: Axis::new("s", Scale::linear(0.0, 2.0), 2, write),
        y: Axis::new("n", Scale::linear(0.0, 10.0), 2, write),
        series: vec![Series {
            name: "steps".to_owned(),
            tone: Tone::Blue,
            mark: Mark::Steps(vec![span(0.0, 5.0), span(1.0, 10.0)]),
        }],
        shades: Vec::new(),
        uprights: Vec::new(),
        notes: Vec::new(),
    }
}

#[test]
fn a_small_plot_is_drawn_like_this() {
    assert_eq!(small().svg(Size::Wide, "a"), include_str!("small.svg"));
}

#[test]
fn what_leads_nowhere_is_not_drawn() {
    let mut plot = small();
    plot.series[0].mark = Mark::Line(Vec::new());
    let drawn = plot.svg(Size::Narrow, "a");
    assert!(!drawn.contains("<path"), "{drawn}");
    assert!(!drawn.contains("class=\"name"), "{drawn}");
}

#[test]
fn every_colour_can_be_read_in_either_theme() {
    let (light, dark) = STYLE.split_once("@media").unwrap();
    for theme in [light, dark] {
        let paper = luminance(theme, "paper");
        for name in [
            "ink", "quiet", "blue", "orange", "red", "green", "purple", "grey",
        ] {
            let own = luminance(theme, name);
            let contrast = (own.max(paper) + 0.05) / (own.min(paper) + 0.05);
            assert!(contrast >= 4.5, "{name} has a contrast of {contrast:.1}");
        }
    }
}

/// The relative luminance of a colour of the style sheet.
fn luminance(theme: &str, name: &str) -> f64 {
    let (_, rest) = theme.split_once(&format!("--{name}: #")).unwrap();
    let digits = rest.split_once(';').unwrap().0;
    let long: String = match digits.len() {
        3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
        _ => digits.to_owned(),
    };
    let parts = [(0, 0.2126), (2, 0.7152), (4, 0.0722)];
    let weighted = parts.map(|(at, weight)| {
        let part = f64::from(u8::from_str_radix(&long[at..at + 2], 16).unwrap()) / 255.0;
        let linear = if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        };
        weight * linear
    });
    weighted.iter().sum()
}
