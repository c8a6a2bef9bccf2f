//! The protocol on the wire: commands, replies and the parser of lines.
//!
//! The protocol consists of bytes, not characters. A line ends in LF; one CR before it belongs to the line
//! end. Commands are case-sensitive. Leading blanks are not trimmed. A blank is a space or a tab.

use memchr::memchr;

/// The default port of a time server.
pub const PORT: u16 = 45_000;

/// The reply to an unknown command.
pub const UNKNOWN: &[u8] = b"ERROR unknown command\r\n";
/// The reply to a line over the limit, which ends the session.
pub const TOO_LONG: &[u8] = b"ERROR line too long\r\n";
/// The reply to a client that is not admitted; the connection then ends.
pub const BUSY: &[u8] = b"ERROR busy\r\n";

/// The command that asks for the time.
pub const TIME: &[u8] = b"TIME";
/// The command that asks for an orderly close.
pub const QUIT: &[u8] = b"QUIT";
/// The line end that servers and clients of this program write.
pub const LINE_END: &[u8] = b"\r\n";

/// A complete command for the time, in the form that nearly every client sends.
pub const TIME_LINE: &[u8] = b"TIME\r\n";

/// Bytes in a time reply, line end included.
pub const TIME_REPLY_BYTES: usize = 14;

/// The command in one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// A request for the time: `TIME`, alone or followed by a blank and any text.
    Time,
    /// The end of the session: `QUIT`, alone or followed by blanks.
    Quit,
    /// Any other line, including an empty one.
    Unknown,
}

/// The result of parsing the beginning of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parsed {
    /// A complete line of this many bytes, its end included.
    Line(Command, usize),
    /// An incomplete line within the limit.
    Partial,
    /// A line longer than the limit, whether or not its end has arrived.
    TooLong,
}

/// Parses the line at the beginning of `input`. A line of more than `max_line` bytes, without its end,
/// is too long.
///
/// The result does not depend on how the bytes were split into segments. More input never changes a
/// [`Parsed::TooLong`].
///
/// ```
/// use jamd::protocol::{Command, Parsed, parse};
///
/// assert_eq!(parse(b"TIME\r\nQUIT\r\n", 512), Parsed::Line(Command::Time, 6));
/// assert_eq!(parse(b"QUIT \n", 512), Parsed::Line(Command::Quit, 6));
/// assert_eq!(parse(b"TIME", 512), Parsed::Partial);
/// assert_eq!(parse(&[b'A'; 513], 512), Parsed::TooLong);
/// ```
#[inline]
pub fn parse(input: &[u8], max_line: usize) -> Parsed {
    let Some((before, _)) = memchr(b'\n', input).and_then(|end| input.split_at_checked(end)) else {
        return unfinished(input, max_line);
    };
    let line = before.strip_suffix(b"\r").unwrap_or(before);
    if line.len() > max_line {
        return Parsed::TooLong;
    }
    Parsed::Line(command(line), before.len() + 1)
}

/// The number of complete [`TIME_LINE`]s at the beginning of `input`.
///
/// [`parse`] finds them one at a time, at several times the cost.
#[inline]
pub fn leading_time_lines(input: &[u8]) -> usize {
    input
        .chunks_exact(TIME_LINE.len())
        .take_while(|line| *line == TIME_LINE)
        .count()
}

/// Checks a line without its LF. A last CR is not counted, because it may belong to the line end.
fn unfinished(input: &[u8], max_line: usize) -> Parsed {
    let line = input.strip_suffix(b"\r").unwrap_or(input);
    if line.len() > max_line {
        Parsed::TooLong
    } else {
        Parsed::Partial
    }
}

/// The command in a line without its line end.
pub fn command(line: &[u8]) -> Command {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    if let Some(rest) = line.strip_prefix(TIME) {
        if rest.first().is_none_or(blank) {
            return Command::Time;
        }
    } else if let Some(rest) = line.strip_prefix(QUIT)
        && rest.iter().all(blank)
    {
        return Command::Quit;
    }
    Command::Unknown
}

/// The 14-byte reply `JAM hh:mm:ss\r\n`.
pub fn time_reply(hhmmss: [u8; 8]) -> [u8; TIME_REPLY_BYTES] {
    let [h1, h2, c1, m1, m2, c2, s1, s2] = hhmmss;
    [
        b'J', b'A', b'M', b' ', h1, h2, c1, m1, m2, c2, s1, s2, b'\r', b'\n',
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MAX: usize = 16;

    #[test]
    fn each_line_is_the_command_the_table_says() {
        for (line, command) in [
            (&b"TIME\r\n"[..], Command::Time),
            (b"TIME\n", Command::Time),
            (b"TIME \r\n", Command::Time),
            (b"TIME\t\n", Command::Time),
            (b"TIME x\r\n", Command::Time),
            (b"TIME \xff\x00\r\n", Command::Time),
            (b"QUIT\r\n", Command::Quit),
            (b"QUIT\n", Command::Quit),
            (b"QUIT \t \r\n", Command::Quit),
            (b"QUIT x\r\n", Command::Unknown),
            (b"QUITE\r\n", Command::Unknown),
            (b"TIMEX\r\n", Command::Unknown),
            (b" TIME\r\n", Command::Unknown),
            (b"time\r\n", Command::Unknown),
            (b"quit\r\n", Command::Unknown),
            (b"TIME\r\r\n", Command::Unknown),
            (b"QUIT\r\r\n", Command::Unknown),
            (b"\r\n", Command::Unknown),
            (b"\n", Command::Unknown),
            (b"\r\r\n", Command::Unknown),
            (b"\0\r\n", Command::Unknown),
            (b"\xff\xfe\r\n", Command::Unknown),
            (b"TIM\0E\r\n", Command::Unknown),
        ] {
            assert_eq!(
                parse(line, MAX),
                Parsed::Line(command, line.len()),
                "{:?}",
                line.escape_ascii().to_string()
            );
        }
    }

    #[test]
    fn a_line_of_the_limit_is_a_command_and_one_byte_more_is_too_long() {
        let line = |len: usize, end: &[u8]| [vec![b'A'; len], end.to_vec()].concat();
        for end in [&b"\r\n"[..], b"\n"] {
            let longest = line(MAX, end);
            let whole = Parsed::Line(Command::Unknown, longest.len());
            assert_eq!(parse(&longest, MAX), whole);
            assert_eq!(parse(&line(MAX + 1, end), MAX), Parsed::TooLong);
        }
        assert_eq!(parse(&line(MAX, b"\r"), MAX), Parsed::Partial);
        assert_eq!(parse(&line(MAX + 1, b""), MAX), Parsed::TooLong);
        assert_eq!(parse(&line(MAX, b"\rA"), MAX), Parsed::TooLong);
    }

    /// All results up to the first that ends the session, with the input cut at the given places.
    fn parse_in_pieces(input: &[u8], cuts: &[usize]) -> Vec<Parsed> {
        let mut parsed = Vec::new();
        let mut begin = 0;
        for end in cuts.iter().copied().chain([input.len()]) {
            loop {
                match parse(&input[begin..end.max(begin)], MAX) {
                    Parsed::Partial => break,
                    Parsed::TooLong => {
                        parsed.push(Parsed::TooLong);
                        return parsed;
                    }
                    Parsed::Line(command, len) => {
                        assert!((1..=MAX + LINE_END.len()).contains(&len));
                        parsed.push(Parsed::Line(command, len));
                        begin += len;
                    }
                }
            }
        }
        parsed
    }

    /// Bytes in which line ends, blanks and commands are likely.
    fn wire() -> impl Strategy<Value = Vec<u8>> {
        let word = prop_oneof![
            Just(b"TIME".to_vec()),
            Just(b"QUIT".to_vec()),
            Just(b"\r\n".to_vec()),
            Just(b"\n".to_vec()),
            Just(b"\r".to_vec()),
            Just(b" ".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..20),
        ];
        proptest::collection::vec(word, 0..20).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn every_split_parses_as_the_whole(input in wire(), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8)) {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(input.len() + 1)).collect();
            cuts.sort_unstable();
            prop_assert_eq!(parse_in_pieces(&input, &cuts), parse_in_pieces(&input, &[]));
        }

        #[test]
        fn byte_by_byte_parses_as_the_whole(input in wire()) {
            let every: Vec<usize> = (0..input.len()).collect();
            prop_assert_eq!(parse_in_pieces(&input, &every), parse_in_pieces(&input, &[]));
        }

        #[test]
        fn one_line_feed_makes_at_most_one_command(input in wire()) {
            let lines = memchr::memchr_iter(b'\n', &input).count();
            let parsed = parse_in_pieces(&input, &[]);
            prop_assert!(parsed.len() <= lines + 1);
        }
    }
}
