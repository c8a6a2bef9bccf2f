//! Laws that hold whatever comes in from outside: from a client, a file, the environment, a shell.
//!
//! Here they meet inputs made to come close to what is meant; `fuzz/` has them meet any others.

mod answering;
mod configuring;

use jamd::config::{KEYS, Key, Layers};
use proptest::collection::vec;
use proptest::prelude::*;

use self::answering::{
    a_flood_is_answered_in_bounded_writes, every_split_is_answered_as_the_whole,
};
use self::configuring::what_is_said_is_understood_or_refused_in_lines;

/// The least there can be.
const MAX_LINE: usize = 16;

/// Bytes in which commands, blanks and line ends are likely.
fn wire() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        4 => Just(b"TIME\r\n".to_vec()),
        2 => Just(b"TIME".to_vec()),
        1 => Just(b"QUIT".to_vec()),
        2 => Just(b"\r\n".to_vec()),
        2 => Just(b"\n".to_vec()),
        1 => Just(b"\r".to_vec()),
        1 => Just(b" ".to_vec()),
        1 => vec(any::<u8>(), 0..20),
    ];
    vec(word, 0..30).prop_map(|words| words.concat())
}

/// Values of which many are nearly right, of every domain there is.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[0-9]{1,7}",
        "([0-9]{1,4}(ns|us|ms|s|m|h|d|\n| ){1,2}){1,3}[0-9]?",
        "[0-9]{1,5} ?(KiB|MiB|k|M|/s|/m|/h|/min)?",
        "((127.0.0.1|\\[::1%?[0-9]?\\]|localhost|\\*)?:[0-9]{1,5},?){1,3}",
        "((10.0.0.[01]|::ffff:1|::)/[0-9]{1,2},?){1,3}",
        "[+-][01][0-9]:[0-5][0-9]",
        "none|local|utc|true|refuse|wait|info|json",
    ]
}

/// A file of lines that nearly set something.
fn file() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        (0..KEYS.len()).prop_map(|index| KEYS[index].name.to_owned()),
        "[a-z\\-]{3,9}",
    ];
    let written = prop_oneof![
        value(),
        value().prop_map(|text| format!("{text:?}")),
        vec(value(), 0..3).prop_map(|texts| format!("{texts:?}")),
        "[\"\\[{a-z0-9.:\\-]{1,9}",
    ];
    let line = (key, written).prop_map(|(key, written)| format!("{key} = {written}\n"));
    prop_oneof![any::<String>(), vec(line, 0..6).prop_map(|it| it.concat())]
}

#[test]
fn a_line_after_a_burst_that_fills_a_write_waits_for_the_next() {
    a_flood_is_answered_in_bounded_writes(b"TIME\r\n\n", MAX_LINE);
}

#[test]
fn a_file_nested_as_deep_as_its_length_allows_is_refused_in_lines() {
    for open in ["[", "{a=", "[{a="] {
        let text = format!("listen = {}", open.repeat(64 * 1024 / open.len()));
        what_is_said_is_understood_or_refused_in_lines(Layers::default().file("a.toml", text));
    }
}

proptest! {
    #[test]
    fn any_input_cut_anywhere_is_answered_as_the_whole(
        input in wire(),
        reads in vec(1..40_usize, 1..9),
    ) {
        every_split_is_answered_as_the_whole(&input, &reads, MAX_LINE);
    }

    #[test]
    fn any_flood_is_answered_in_bounded_writes(input in wire()) {
        a_flood_is_answered_in_bounded_writes(&input, MAX_LINE);
    }

    #[test]
    fn any_file_is_understood_or_refused_in_lines(text in file()) {
        what_is_said_is_understood_or_refused_in_lines(Layers::default().file("a.toml", text));
    }

    #[test]
    fn a_value_of_any_variable_is_understood_or_refused_in_lines(value in value()) {
        for name in KEYS.iter().map(Key::variable) {
            let layers = Layers::default().environment([(name.into(), value.clone().into())]);
            what_is_said_is_understood_or_refused_in_lines(layers);
        }
    }

    #[test]
    fn a_value_of_any_flag_is_understood_or_refused_in_lines(value in value()) {
        for key in KEYS {
            let layers = Layers::default().flags([(key, value.clone())]);
            what_is_said_is_understood_or_refused_in_lines(layers);
        }
    }

    #[test]
    fn an_unknown_variable_is_refused_in_lines(name in "JAMD_\\PC{0,3}[A-Z_\n]{1,9}") {
        let layers = Layers::default().environment([(name.into(), "".into())]);
        what_is_said_is_understood_or_refused_in_lines(layers);
    }
}
