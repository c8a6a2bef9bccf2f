//! What the program says before it does anything, as it was last looked at: the help of every command, and
//! `check`.
//!
//! A text that changes on purpose is accepted with `INSTA_UPDATE=always cargo test --test snapshots`.

use assert_cmd::Command;

/// What `jamd` prints for these words, without anything in its environment.
fn printed(words: &[&str]) -> String {
    let mut command = Command::cargo_bin("jamd").unwrap();
    let command = command.env_clear().env("COLUMNS", "80").args(words);
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

macro_rules! helps {
    ($($name:ident: $words:expr;)*) => {
        $(#[test]
        fn $name() {
            let words: &[&str] = &$words;
            let long = printed(&[words, &["--help"]].concat());
            insta::assert_snapshot!(long);
        })*
    };
}

helps! {
    help: [];
    help_of_serve: ["serve"];
    help_of_ask: ["ask"];
    help_of_load: ["load"];
    help_of_load_diff: ["load", "diff"];
    help_of_load_merge: ["load", "merge"];
    help_of_tune: ["tune"];
    help_of_top: ["top"];
    help_of_workers: ["workers"];
    help_of_check: ["check"];
    help_of_completions: ["completions"];
    help_of_man: ["man"];
}

#[test]
fn the_first_help_is_short() {
    insta::assert_snapshot!(printed(&["-h"]));
}

#[test]
fn the_help_of_serve_in_brief() {
    insta::assert_snapshot!(printed(&["serve", "-h"]));
}

#[test]
fn what_check_prints() {
    insta::assert_snapshot!(printed(&["check", "--workers", "8"]));
}
