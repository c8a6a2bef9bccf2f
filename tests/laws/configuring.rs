//! What holds for the configuration, whatever file, variables and flags say.
//!
//! The fuzzer takes this file as it is, so it leans on nothing but the library.

use std::ffi::OsString;

use jamd::config::{Config, KEYS, Layers, Setting};

/// What is understood reads back what it writes, and what is not is named in one line each.
pub(crate) fn what_is_said_is_understood_or_refused_in_lines(layers: Layers) {
    match layers.resolve() {
        Ok((config, settings)) => reads_back_what_it_writes(&config, &settings),
        Err(errors) => {
            assert!(errors.iter().next().is_some(), "refused without a reason");
            for problem in errors.iter() {
                let line = problem.to_string();
                assert!(!line.chars().any(breaks_a_line), "{line:?}");
            }
        }
    }
}

/// Whether a terminal or a reader of logs may take a character for more than a character.
fn breaks_a_line(c: char) -> bool {
    c.is_control() || ['\u{2028}', '\u{2029}'].contains(&c)
}

/// Each layer alone makes the same configuration of what is printed of it.
fn reads_back_what_it_writes(config: &Config, settings: &[Setting]) {
    let lines = settings
        .iter()
        .map(|it| format!("{} = {}\n", it.key, it.value));
    let flags = KEYS.iter().map(|key| (key, key.text(config)));
    let variables = flags.clone().map(|(key, text)| (key.variable(), text));
    let variables = variables.map(|(name, text)| (OsString::from(name), text.into()));
    for layers in [
        Layers::default().file("written.toml", lines.collect::<String>()),
        Layers::default().environment(variables),
        Layers::default().flags(flags),
    ] {
        match layers.resolve() {
            Ok((read, _)) => assert_eq!(read, *config),
            Err(errors) => panic!("what is valid was written as what is not:\n{errors}"),
        }
    }
}
