//! Any bytes, cut anywhere: are they answered as the laws of `tests/laws` say?
//!
//! The first line says how they are cut: each of its bytes is the size of a read, modulo 64, over
//! and over. What follows is what the client sends.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/laws/answering.rs"]
mod answering;

use answering::{a_flood_is_answered_in_bounded_writes, every_split_is_answered_as_the_whole};

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    let (first, input) = (parts.next().unwrap_or_default(), parts.next());
    let reads: Vec<usize> = first.iter().map(|byte| usize::from(byte % 64)).collect();
    let input = input.unwrap_or_default();
    // The least, and the default.
    for max_line in [16, 512] {
        every_split_is_answered_as_the_whole(input, &reads, max_line);
    }
    a_flood_is_answered_in_bounded_writes(input, 512);
});
