//! Any file, variables and flags: are they understood or refused as the laws of `tests/laws` say?
//!
//! The input is a file. After a zero byte may follow flags, `--queue=7`, and variables,
//! `JAMD_QUEUE=7`, each up to the next zero byte.

#![no_main]

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use jamd::config::{KEYS, Layers};
use libfuzzer_sys::fuzz_target;

#[path = "../../tests/laws/configuring.rs"]
mod configuring;

fuzz_target!(|data: &[u8]| {
    let mut parts = data.split(|byte| *byte == 0);
    let file = String::from_utf8_lossy(parts.next().unwrap_or_default());
    let (mut flags, mut variables) = (Vec::new(), Vec::new());
    for part in parts {
        let mut sides = part.splitn(2, |byte| *byte == b'=');
        let (name, value) = (sides.next().unwrap_or_default(), sides.next());
        let value = value.unwrap_or_default();
        match KEYS.iter().find(|key| key.flag().as_bytes() == name) {
            Some(key) => flags.push((key, String::from_utf8_lossy(value).into_owned())),
            None => variables.push((
                OsString::from_vec(name.to_vec()),
                OsString::from_vec(value.to_vec()),
            )),
        }
    }
    let layers = Layers::default()
        .file("fuzz.toml", file)
        .environment(variables)
        .flags(flags);
    configuring::what_is_said_is_understood_or_refused_in_lines(layers);
});
