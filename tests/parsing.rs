//! The laws of what the time service answers, over lines that are nearly commands.

mod support;

use proptest::prelude::*;
use support::parsing::assert_split_or_whole_is_the_same;

/// What a line may be made of.
fn fragment() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::sample::select(vec![
            "TIME", "QUIT", "TIME\r\n", "\r\n", "\n", "\r", " ", "\t", "TIM"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..40),
        (1..6_000_usize).prop_map(|times| b"TIME\r\n".repeat(times)),
    ]
}

proptest! {
    #[test]
    fn however_an_input_is_split_it_is_answered_as_in_one_piece(
        fragments in prop::collection::vec(fragment(), 0..30),
        cuts in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        assert_split_or_whole_is_the_same(&fragments.concat(), &cuts);
    }
}
