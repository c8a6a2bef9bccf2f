//! What holds for the answers of the time service, whatever a client sends and however it arrives.
//!
//! The fuzzer takes this file as it is, so it leans on nothing but the library.

use jamd::clock::{FixedClock, Zone};
use jamd::protocol::{TOO_LONG, UNKNOWN};
use jamd::server::{REPLIES_LIMIT, Responder, Service, Then};
use jamd::service::{TimeResponder, TimeService};

/// The reply to a `TIME`, which is the shortest there is, and the longest.
const JAM: &[u8] = b"JAM 00:00:00\r\n";
const LONGEST_REPLY: usize = UNKNOWN.len();

/// Lines whose replies outgrow one write, however short they are.
const FLOOD: usize = 2 * REPLIES_LIMIT / JAM.len();

/// Input that comes in reads of these sizes, over and over, is answered as if it had come in one;
/// and so is input that comes byte by byte.
pub(crate) fn every_split_is_answered_as_the_whole(input: &[u8], reads: &[usize], max_line: usize) {
    let whole = converse(input, &[input.len()], max_line);
    assert_eq!(converse(input, &[1], max_line), whole);
    assert_eq!(converse(input, reads, max_line), whole);
}

/// Input repeated until its replies outgrow one write is answered in several.
pub(crate) fn a_flood_is_answered_in_bounded_writes(input: &[u8], max_line: usize) {
    let lines = input.split_inclusive(|byte| *byte == b'\n').count();
    if lines > 0 {
        let flood = input.repeat(FLOOD.div_ceil(lines));
        converse(&flood, &[flood.len()], max_line);
    }
}

/// What came of all that a client sent.
#[derive(Debug, PartialEq, Eq)]
struct Conversation {
    replies: Vec<u8>,
    commands: usize,
    /// Bytes that were dealt with.
    consumed: usize,
    then: Then,
}

/// Has input that comes in reads of these sizes answered, in the way of a session.
fn converse(input: &[u8], reads: &[usize], max_line: usize) -> Conversation {
    let service = TimeService::new(FixedClock(0), Zone::Utc, max_line);
    let mut responder = service.responder();
    let mut told = Conversation {
        replies: Vec::new(),
        commands: 0,
        consumed: 0,
        then: Then::Read,
    };
    let mut arrived = 0;
    let mut reads = reads.iter().cycle();
    while arrived < input.len() && told.then == Then::Read {
        let read = reads.next().map_or(input.len(), |bytes| *bytes.max(&1));
        arrived = input.len().min(arrived + read);
        told.answer(&mut responder, &input[..arrived]);
        if told.then == Then::Read {
            let left = &input[told.consumed..arrived];
            assert!(!left.contains(&b'\n'), "a whole line is not answered");
            // A session that has no room for more takes that for the end of the stream.
            assert!(left.len() < service.longest_command());
        }
    }
    told.check(input);
    told
}

impl Conversation {
    /// Has answered what arrived, in as many writes as that takes.
    fn answer(&mut self, responder: &mut TimeResponder<FixedClock>, arrived: &[u8]) {
        loop {
            let input = &arrived[self.consumed..];
            let mut replies = Vec::new();
            let progress = responder.respond(input, &mut replies);
            assert!(progress.consumed <= input.len());
            assert!(replies.len() < REPLIES_LIMIT + LONGEST_REPLY);
            self.replies.extend(replies);
            self.commands += progress.commands as usize;
            self.consumed += progress.consumed;
            self.then = progress.then;
            if self.then != Then::Resume {
                return;
            }
            // Ends because every turn consumes something.
            assert!(progress.consumed > 0);
        }
    }

    /// One reply to each line, but none to the `QUIT` and one to the line that is too long.
    fn check(&self, input: &[u8]) {
        let replies = self.replies.split_inclusive(|byte| *byte == b'\n');
        let (rejections, replies): (Vec<_>, Vec<_>) = replies.partition(|it| *it == TOO_LONG);
        assert!(replies.iter().all(|reply| [JAM, UNKNOWN].contains(reply)));

        let consumed = &input[..self.consumed];
        let lines = consumed.split_inclusive(|byte| *byte == b'\n').count();
        assert_eq!(lines, self.commands);
        let quits = usize::from(self.then == Then::Finish);
        assert_eq!(replies.len() + quits, lines);
        assert_eq!(rejections.len(), usize::from(self.then == Then::Reject));
        assert!(rejections.is_empty() || self.replies.ends_with(TOO_LONG));
    }
}
