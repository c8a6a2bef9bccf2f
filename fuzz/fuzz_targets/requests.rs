//! Any bytes to the administration port, cut anywhere: are they understood as the laws of `tests/laws` say?
//!
//! The first line says how they are cut: each of its bytes is the size of a read, modulo 64, over
//! and over. What follows is what the client sends.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/laws/asking.rs"]
mod asking;

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    let (first, input) = (parts.next().unwrap_or_default(), parts.next());
    let reads: Vec<usize> = first.iter().map(|byte| usize::from(byte % 64)).collect();
    asking::every_split_is_understood_as_the_whole(input.unwrap_or_default(), &reads);
});
