//! What must hold of the time service's answers, whatever it is sent. Also what is fuzzed.

use jamd::clock::{FixedClock, Zone};
use jamd::server::{Progress, REPLIES_LIMIT, Responder, Service, Then};
use jamd::service::TimeService;

const MAX_LINE: usize = 32;

/// More than any one reply is long.
const LONGEST_REPLY: usize = 64;

/// What came of a conversation.
#[derive(Debug, PartialEq, Eq)]
struct Answers {
    replies: Vec<u8>,
    commands: u64,
    /// Whether the server has ended the session.
    is_over: bool,
}

/// Checks an input in one piece and cut at the places that the bytes of `cuts` say, each the length of
/// the next piece.
pub fn assert_split_or_whole_is_the_same(input: &[u8], cuts: &[u8]) {
    let whole = converse([input]);
    let split = converse(pieces(input, cuts));
    assert_eq!(whole, split, "{} {cuts:?}", input.escape_ascii());
    let replies = whole.replies.split_inclusive(|byte| *byte == b'\n');
    // The last line may be too long and have no end.
    let lines = input.split(|byte| *byte == b'\n').count();
    assert!(replies.clone().count() <= lines);
    for reply in replies {
        let is_one = reply.starts_with(b"JAM ") || reply.starts_with(b"ERROR ");
        assert!(
            is_one && reply.ends_with(b"\r\n"),
            "{}",
            reply.escape_ascii()
        );
    }
}

fn pieces<'a>(input: &'a [u8], cuts: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = input;
    let mut cuts = cuts.iter().map(|cut| usize::from(*cut)).chain([usize::MAX]);
    std::iter::from_fn(move || {
        let (piece, left) = rest.split_at(cuts.next()?.min(rest.len()));
        rest = left;
        Some(piece)
    })
}

/// Answers the pieces one after the other, as a session does.
fn converse<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Answers {
    let mut responder = TimeService::new(FixedClock(0), Zone::Utc, MAX_LINE).responder();
    let mut unread = Vec::new();
    let mut answers = Answers {
        replies: Vec::new(),
        commands: 0,
        is_over: false,
    };
    for piece in pieces {
        unread.extend_from_slice(piece);
        loop {
            let mut replies = Vec::new();
            let Progress {
                consumed,
                commands,
                then,
            } = responder.respond(&unread, &mut replies);
            assert!(replies.len() <= REPLIES_LIMIT + LONGEST_REPLY);
            unread.drain(..consumed);
            answers.replies.extend(replies);
            answers.commands += u64::from(commands);
            match then {
                Then::Resume => {}
                Then::Read => break,
                Then::Finish | Then::Reject => {
                    answers.is_over = true;
                    return answers;
                }
            }
        }
    }
    answers
}
