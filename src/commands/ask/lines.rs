//! Lines from standard input, sent one by one.

use std::io::{BufRead, Read, stdin};
use std::os::fd::AsFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::{AskError, is_quit, leave, print_reply};
use crate::cli::AskArgs;
use crate::client::{Client, LONGEST_LINE_BYTES};

/// The longest permitted line, its line end, and one byte. A longer line is refused when it is sent, so the
/// rest of it need not be read.
const MOST_READ_BYTES: usize = LONGEST_LINE_BYTES + 3;

/// Whether a line arrives before the end of standard input and before the timeout.
///
/// A job without a terminal may have inherited a pipe that stays open and silent, so silence counts as the
/// end.
pub(super) fn arrive(patience: Duration) -> Result<bool, AskError> {
    let input = stdin().lock();
    let timeout = PollTimeout::try_from(patience).unwrap_or(PollTimeout::MAX);
    let mut ready = [PollFd::new(input.as_fd(), PollFlags::POLLIN)];
    match poll(&mut ready, timeout) {
        Ok(0) | Err(Errno::EINTR) => Ok(false),
        Ok(_) => has_more(input),
        Err(err) => Err(AskError::Input(err.into())),
    }
}

/// Sends each line and prints each reply, until `QUIT` or the end of the lines.
pub(super) fn relay(args: &AskArgs) -> Result<(), AskError> {
    let mut input = stdin().lock();
    // A session that waits for its first line would occupy a worker of the server.
    if !has_more(&mut input)? {
        return Ok(());
    }
    let mut client = Client::connect(&args.target(), args.timeout())?;
    while let Some(line) = next_line(&mut input)? {
        if is_quit(&line) {
            break;
        }
        print_reply(&client.send_line(&line)?)?;
    }
    leave(client);
    Ok(())
}

/// Whether any input arrives before the end.
fn has_more(mut input: impl BufRead) -> Result<bool, AskError> {
    match input.fill_buf() {
        Ok(bytes) => Ok(!bytes.is_empty()),
        Err(err) => Err(AskError::Input(err)),
    }
}

/// The bytes of the next line without its line end, LF or CR LF. The last line needs no line end.
fn next_line(input: &mut impl BufRead) -> Result<Option<Vec<u8>>, AskError> {
    let mut line = Vec::new();
    let most = u64::try_from(MOST_READ_BYTES).unwrap_or(u64::MAX);
    input
        .take(most)
        .read_until(b'\n', &mut line)
        .map_err(AskError::Input)?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.pop_if(|last| *last == b'\n').is_some() {
        line.pop_if(|last| *last == b'\r');
    }
    Ok(Some(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(mut input: &[u8]) -> Vec<Vec<u8>> {
        std::iter::from_fn(|| next_line(&mut input).unwrap()).collect()
    }

    #[test]
    fn a_line_ends_in_lf_or_in_cr_lf_or_with_the_input() {
        assert_eq!(lines(b"a\nb\r\n\n\r\nc"), [&b"a"[..], b"b", b"", b"", b"c"]);
        assert_eq!(lines(b"a\r"), [b"a\r"]);
        assert_eq!(lines(b"\0\xff\r\r\n"), [b"\0\xff\r"]);
        assert!(lines(b"").is_empty());
    }

    #[test]
    fn an_endless_line_is_read_just_far_enough_to_be_refused() {
        let endless = vec![b'a'; 2 * MOST_READ_BYTES];
        let first = next_line(&mut endless.as_slice()).unwrap().unwrap();
        assert_eq!(first.len(), MOST_READ_BYTES);
        let mut longest = vec![b'a'; LONGEST_LINE_BYTES];
        longest.extend(b"\r\n");
        let first = next_line(&mut longest.as_slice()).unwrap().unwrap();
        assert_eq!(first.len(), LONGEST_LINE_BYTES);
    }

    proptest! {
        #[test]
        fn lines_come_out_as_they_went_in(
            lines_in in proptest::collection::vec("[^\r\n]{0,9}".prop_map(String::into_bytes), 0..9),
        ) {
            let mut text = lines_in.join(&b'\n');
            if !lines_in.is_empty() {
                text.push(b'\n');
            }
            prop_assert_eq!(lines(&text), lines_in);
        }
    }
}
