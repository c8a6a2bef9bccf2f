//! A parser for reply lines that arrive in any number of pieces.

use memchr::memchr;

use crate::client::TimeOfDay;
use crate::protocol::{BUSY, TIME_REPLY_BYTES};

/// Longest incomplete line that is kept, in bytes; the longest valid line has 23.
const LONGEST_LINE: usize = 64;

/// The meaning of one line from a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// A time, as seconds since midnight.
    Time(u32),
    /// The server is busy.
    Busy,
    /// Any other line.
    Other,
}

/// The beginning of a line that is not complete yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Partial {
    /// Bytes of the line. They are on the heap only while there are any, which is rare.
    begun: Vec<u8>,
}

impl Partial {
    /// Takes the next line out of `input`, and returns its meaning and the rest. Without a whole line it
    /// keeps the beginning, and returns `None`.
    #[inline]
    pub(super) fn next_line<'a>(&mut self, input: &'a [u8]) -> Option<(Said, &'a [u8])> {
        if self.begun.is_empty()
            && let Some((line, rest)) = input.split_at_checked(TIME_REPLY_BYTES)
            && let Some(second) = time(line)
        {
            return Some((Said::Time(second), rest));
        }
        self.next_of_any_kind(input)
    }

    fn next_of_any_kind<'a>(&mut self, input: &'a [u8]) -> Option<(Said, &'a [u8])> {
        let Some((line, rest)) = memchr(b'\n', input).and_then(|at| input.split_at_checked(at + 1))
        else {
            let room = (LONGEST_LINE + 1).saturating_sub(self.begun.len());
            self.begun.extend(input.iter().take(room));
            if self.begun.len() <= LONGEST_LINE {
                return None;
            }
            self.clear();
            return Some((Said::Other, &[]));
        };
        if self.begun.is_empty() {
            return Some((said(line), rest));
        }
        self.begun.extend_from_slice(line);
        let said = said(&self.begun);
        self.begun = Vec::new();
        Some((said, rest))
    }

    /// Whether a line has begun and not ended.
    pub(super) fn is_begun(&self) -> bool {
        !self.begun.is_empty()
    }

    /// Drops the beginning of a line.
    pub(super) fn clear(&mut self) {
        self.begun = Vec::new();
    }
}

fn said(line: &[u8]) -> Said {
    if line == BUSY {
        Said::Busy
    } else {
        time(line).map_or(Said::Other, Said::Time)
    }
}

/// The second of the day in a line of exactly `JAM hh:mm:ss` and CR LF.
#[inline]
fn time(line: &[u8]) -> Option<u32> {
    let told = line.strip_prefix(b"JAM ")?.strip_suffix(b"\r\n")?;
    TimeOfDay::from_hhmmss(told).map(TimeOfDay::second_of_day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The meanings of all lines in some pieces.
    fn heard(pieces: &[&[u8]]) -> Vec<Said> {
        let mut partial = Partial::default();
        let mut all = Vec::new();
        for piece in pieces {
            let mut rest = *piece;
            while let Some((said, behind)) = partial.next_line(rest) {
                all.push(said);
                rest = behind;
                if said == Said::Other {
                    return all;
                }
            }
        }
        all
    }

    #[test]
    fn each_line_says_what_the_protocol_says() {
        for (line, said) in [
            (&b"JAM 00:00:00\r\n"[..], Said::Time(0)),
            (b"JAM 23:59:59\r\n", Said::Time(86_399)),
            (b"ERROR busy\r\n", Said::Busy),
            (b"ERROR unknown command\r\n", Said::Other),
            (b"JAM 24:00:00\r\n", Said::Other),
            (b"JAM 00:00:00\n", Said::Other),
            (b"jam 00:00:00\r\n", Said::Other),
            (b"JAM 00:00:0O\r\n", Said::Other),
            (b"\r\n", Said::Other),
            (&[b'x'; 65], Said::Other),
        ] {
            assert_eq!(
                heard(&[line]),
                [said],
                "{:?}",
                line.escape_ascii().to_string()
            );
        }
        assert_eq!(heard(&[&[b'x'; 64]]), []);
    }

    proptest! {
        #[test]
        fn however_replies_are_cut_they_say_the_same(
            seconds in proptest::collection::vec(0_u32..86_400, 0..10),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..10)
        ) {
            let reply = |s: &u32| format!("JAM {:02}:{:02}:{:02}\r\n", s / 3600, s / 60 % 60, s % 60);
            let wire: String = seconds.iter().map(reply).collect();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(wire.len() + 1)).collect();
            cuts.extend([0, wire.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|c| &wire.as_bytes()[c[0]..c[1]]).collect();
            let all: Vec<Said> = seconds.into_iter().map(Said::Time).collect();
            prop_assert_eq!(heard(&pieces), all);
        }

        #[test]
        fn no_bytes_make_it_panic_or_keep_more_than_a_line(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut partial = Partial::default();
            let mut rest = &bytes[..];
            while let Some((_, behind)) = partial.next_line(rest) {
                prop_assert!(behind.len() < rest.len());
                rest = behind;
            }
            prop_assert!(partial.begun.len() <= LONGEST_LINE + 1);
        }
    }
}
