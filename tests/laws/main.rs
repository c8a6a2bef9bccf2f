//! Laws that hold whatever comes in from outside: from a client, a file, the environment, a shell.
//!
//! Here they meet inputs made to come close to what is meant; `fuzz/` has them meet any others.

mod answering;
mod asking;
mod configuring;

use jamd::config::{KEYS, Key, Layers};
use proptest::collection::vec;
use proptest::prelude::*;

use self::answering::{
    a_flood_is_answered_in_bounded_writes, every_split_is_answered_as_the_whole,
};
use self::asking::every_split_is_understood_as_the_whole;
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

/// Bytes that are nearly a request of HTTP, of one version or another.
fn request() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        8 => "(GET|HEAD|POST|PUT) (/|/status|http://|http://localhost:1/workers)(\\?a)? HTTP/1\\.[01]\r?\n",
        1 => "[A-Z/ ]{0,9}HTTP/[0-9.]{1,4}\r\n",
        1 => any::<String>(),
    ];
    let field = prop_oneof![
        4 => "(Host|Origin|Accept): ?(localhost|evil.example|127.0.0.1)(:[0-9]{1,5})?\r?\n",
        2 => "Content-Length: [0-9]{1,5}\r\n",
        2 => "Content-Type: (application/json|text/plain)(;a=b)?\r\n",
        1 => "Transfer-Encoding: chunked\r\n",
        1 => "[ -~]{0,20}\r?\n?",
    ];
    let rest = vec(prop_oneof![Just(b'\r'), Just(b'\n'), any::<u8>()], 0..60);
    let head = (line, vec(field, 0..7), "(\r\n)?");
    (head, rest).prop_map(|((line, fields, end), rest)| {
        let text = [line, fields.concat(), end].concat();
        [text.as_bytes(), &rest].concat()
    })
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
fn a_request_that_never_ends_is_understood_as_one_that_is_too_long() {
    for unit in ["a: b\r\n", "GET / HTTP/1.1\r\n", "G", " ", "\n"] {
        let mut input = b"GET / HTTP/1.1\r\n".to_vec();
        input.extend_from_slice(unit.repeat(10_000).as_bytes());
        every_split_is_understood_as_the_whole(&input, &[7]);
        every_split_is_understood_as_the_whole(&input[16..], &[1000, 1]);
    }
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
    fn any_request_cut_anywhere_is_understood_as_the_whole(
        input in request(),
        reads in vec(1..40_usize, 1..9),
    ) {
        every_split_is_understood_as_the_whole(&input, &reads);
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
