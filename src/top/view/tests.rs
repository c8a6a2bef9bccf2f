//! Tests of the screen at several sizes and in every state.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::{Color, Modifier};

use super::*;
use crate::client::admin::Address;
use crate::observe::Status;
use crate::top::model::News;
use crate::top::sample;

fn model_of(status: Status) -> Model {
    let mut model = Model::new(Address::default());
    model.learn(News::Seen(Box::new(status), "12:34:56".into()));
    model
}

fn press(model: &mut Model, keys: &str) {
    use ratatui::crossterm::event::KeyCode::{Char, Enter};
    for key in keys.chars() {
        let code = if key == '\n' { Enter } else { Char(key) };
        assert_eq!(model.press(code.into()), None);
    }
}

fn drawn(model: &Model, palette: Palette, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal
        .draw(|frame| draw(model, palette, frame.area(), frame.buffer_mut()))
        .unwrap();
    terminal.backend().buffer().clone()
}

fn screen(model: &Model, width: u16, height: u16) -> Vec<String> {
    let buffer = drawn(model, Palette::Plain, width, height);
    let rows = buffer.content().chunks(width.into());
    let row = |row: &[Cell]| {
        let row: String = row.iter().map(Cell::symbol).collect();
        row.trim_end().to_owned()
    };
    rows.map(row).collect()
}

#[test]
fn the_screen_is_as_it_was_last_looked_at_at_every_width() {
    for (width, height) in [(40, 24), (80, 24), (160, 50)] {
        let lines = screen(&model_of(sample::status(12)), width, height);
        insta::assert_snapshot!(format!("{width}_columns"), lines.join("\n"));
    }
}

#[test]
fn a_screen_of_the_usual_size_shows_everything() {
    assert_eq!(
        screen(&model_of(sample::status(8)), 80, 24),
        [
            "p99 queue wait 480 ms now; 12 workers would have made it 3 ms; 16 add nothing.",
            "jamd 0.1.0 on [::]:45000, up 1m 40s, running",
            "8 workers  · 4 idle  a 1 awaiting  r 1 reading  # 1 working  w 1 writing",
            "a r # w · · · ·",
            "workers  4 of 8 occupied, 97 % waiting for clients so far",
            "queue    3 of 1 024, oldest 250 ms, at most 12 so far",
            "traffic  20.0 sessions/s, 12 345 commands/s since the start",
            "refused  0.070/s queue full",
            "ledger   2 100 accepted = 2 000 served (2 000 quit) + 7 refused (7 queue full) +",
            "         93 open",
            "                wait p50  wait p99 session p50 session p99",
            "last 1m           100 ms    480 ms     50.0 ms           -",
            "last 1m 40s       100 ms    480 ms     50.0 ms           -",
            "had there been  wait p50  wait p99     refused utilisation",
            "     4 workers    200 ms    1.00 s       1.0 %      93.0 %",
            "     6 workers    133 ms    667 ms       1.0 %      93.0 %",
            "     8 now        100 ms    500 ms       1.0 %      93.0 %",
            "    12 workers   66.7 ms    333 ms       1.0 %      93.0 %",
            "    16 workers   50.0 ms    250 ms       1.0 %      93.0 %",
            "worker  client                 state           for  commands",
            "     4  10.0.0.4:50004         writing       2.0 s     4 000",
            "     3  10.0.0.3:50003         working       1.5 s     3 000",
            "     2  10.0.0.2:50002         reading       1.0 s     2 000",
            "q leave  + - workers  p pause  ? help                127.0.0.1:45001 at 12:34:56",
        ]
    );
}

#[test]
fn a_small_screen_leaves_the_tables_out_first() {
    assert_eq!(
        screen(&model_of(sample::status(8)), 60, 15),
        [
            "p99 queue wait 480 ms now; 12 workers would have made it",
            "3 ms; 16 add nothing.",
            "jamd 0.1.0 on [::]:45000, up 1m 40s, running",
            "8 workers  · 4 idle  a 1 awaiting  r 1 reading  # 1 working",
            "w 1 writing",
            "a r # w · · · ·",
            "workers  4 of 8 occupied, 97 % waiting for clients so far",
            "queue    3 of 1 024, oldest 250 ms, at most 12 so far",
            "traffic  20.0 sessions/s, 12 345 commands/s since the start",
            "refused  0.070/s queue full",
            "ledger   2 100 accepted = 2 000 served (2 000 quit) +",
            "         7 refused (7 queue full) + 93 open",
            "worker  client                 state           for  commands",
            "     4  10.0.0.4:50004         writing       2.0 s     4 000",
            "q leave  + - workers  p pause  ? help",
        ]
    );
}

#[test]
fn a_large_screen_has_sessions_beside_the_figures_and_air_between_the_parts() {
    let screen = screen(&model_of(sample::status(256)), 200, 50);
    let text = screen.join("\n");
    let heading = "worker  client                 state           for  commands";
    let beside = screen.iter().find(|line| line.ends_with(heading)).unwrap();
    assert!(beside.starts_with("workers  4 of 256 occupied"), "{beside}");
    for wanted in [
        "\n\n256 workers  · 252 idle",
        "10.0.0.1:50001",
        "128 workers",
        "512 workers",
    ] {
        assert!(text.contains(wanted), "no {wanted:?} in\n{text}");
    }
    let first_tiles = format!("a r # w {}", "· ".repeat(96));
    assert!(text.contains(first_tiles.trim_end()), "{text}");
}

#[test]
fn any_size_can_be_drawn_in_any_mood() {
    let mut silent = model_of(sample::status(1000));
    silent.learn(News::Silent("gone".into()));
    let mut asking = model_of(sample::status(1));
    press(&mut asking, "12\n");
    let moods = [silent, asking, Model::new(Address::default())];
    for (width, height) in [(1, 1), (2, 80), (200, 2), (40, 8), (500, 200)] {
        for model in &moods {
            drawn(model, Palette::Colours, width, height);
        }
    }
}

#[test]
fn without_colours_there_is_none_anywhere_and_with_them_each_state_has_its_own() {
    let mut model = model_of(sample::status(8));
    let plain = drawn(&model, Palette::Plain, 80, 24);
    let is_plain = |cell: &Cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset);
    assert!(plain.content().iter().all(is_plain));
    let coloured = drawn(&model, Palette::Colours, 80, 24);
    let tiles: Vec<_> = (0..5).map(|tile| coloured[(2 * tile, 3)].bg).collect();
    let colours = [
        Color::Cyan,
        Color::Yellow,
        Color::Green,
        Color::Magenta,
        Color::Reset,
    ];
    assert_eq!(tiles, colours);
    model.learn(News::Silent("gone".into()));
    let plain = drawn(&model, Palette::Plain, 80, 24);
    assert!(plain.content().iter().all(is_plain));
}

#[test]
fn a_server_that_does_not_answer_is_shown_greyed_as_it_last_was() {
    let mut model = model_of(sample::status(8));
    model.learn(News::Silent("it is gone".into()));
    let lines = screen(&model, 80, 24);
    assert_eq!(
        lines[0],
        "no answer since 12:34:56; trying again: it is gone"
    );
    assert_eq!(lines[3], "a r # w · · · ·");
    let coloured = drawn(&model, Palette::Colours, 80, 24);
    assert_eq!(coloured[(0, 0)].fg, Color::Red);
    let greyed = |cell: &Cell| (cell.fg, cell.bg) == (Color::DarkGray, Color::Reset);
    assert!(coloured.content()[80..80 * 23].iter().all(greyed));
    let plain = drawn(&model, Palette::Plain, 80, 24);
    assert!(plain[(0, 3)].modifier.contains(Modifier::DIM));
}

#[test]
fn a_server_that_never_answered_is_asked_and_then_complained_about() {
    let mut model = Model::new(Address::default());
    assert_eq!(screen(&model, 80, 24)[0], "asking 127.0.0.1:45001");
    model.learn(News::Silent("nobody is there".into()));
    let lines = screen(&model, 80, 24);
    assert_eq!(lines[0], "no answer yet; trying again: nobody is there");
}

#[test]
fn without_advice_readiness_is_the_headline() {
    let mut status = Status {
        advice: None,
        ..sample::status(8)
    };
    assert_eq!(
        screen(&model_of(status.clone()), 80, 24)[0],
        "ready: accepting"
    );
    status.readiness.ready = false;
    status.readiness.reason = "draining".into();
    let unready = drawn(&model_of(status.clone()), Palette::Colours, 80, 24);
    assert_eq!(unready[(0, 0)].fg, Color::Red);
    status.advice = sample::status(8).advice;
    let lines = screen(&model_of(status), 80, 24);
    assert!(
        lines[1].ends_with(", running, not ready: draining"),
        "{}",
        lines[1]
    );
}

#[test]
fn the_foot_asks_and_tells_and_explains() {
    let mut model = model_of(sample::status(8));
    let foot = |model: &Model| screen(model, 80, 24)[23].clone();
    press(&mut model, "12");
    assert_eq!(foot(&model), "workers: 12_ then Enter, or Esc");
    press(&mut model, "\n");
    assert_eq!(foot(&model), "8 -> 12 workers? y/n");
    press(&mut model, "n");
    model.learn(News::Changed(12));
    assert_eq!(foot(&model), "12 workers from now on");
    press(&mut model, "p");
    let end = "paused: 127.0.0.1:45001 at 12:34:56";
    assert!(foot(&model).ends_with(end), "{}", foot(&model));
    let narrow = screen(&model, 50, 24)[23].clone();
    assert_eq!(narrow, "paused: q leave  + - workers  p pause  ? help");
    press(&mut model, "?");
    assert!(
        foot(&model).contains("a number and Enter"),
        "{}",
        foot(&model)
    );
}

#[test]
fn a_refusal_that_is_longer_than_the_screen_is_wide_has_more_lines() {
    let mut model = model_of(sample::status(8));
    model.learn(News::NotChanged("word ".repeat(30)));
    let lines = screen(&model, 80, 24);
    assert_eq!(lines[22], "word ".repeat(16).trim_end());
    assert_eq!(lines[23], "word ".repeat(14).trim_end());
}

#[test]
fn as_text_it_is_all_there_is_and_no_more() {
    let text = text(&sample::seen(8));
    assert!(text.starts_with("p99 queue wait 480 ms now; "), "{text}");
    assert!(
        text.contains("\n\n8 workers  · 4 idle  a 1 awaiting"),
        "{text}"
    );
    assert!(
        text.ends_with("10.0.0.1:50001         awaiting      0.5 s     1 000\n"),
        "{text}"
    );
    assert!(text.lines().all(|line| line.trim_end() == line), "{text}");
}
