//! The bytes that the clients and the reference servers agree on.

use std::io;

/// The command that asks for the time.
pub(crate) const TIME: &[u8] = b"TIME\r\n";

/// The command that ends a session.
pub(crate) const QUIT: &[u8] = b"QUIT\r\n";

/// What a reference that does not look at the clock answers.
pub(crate) const FIXED_REPLY: &[u8; REPLY_LEN] = b"JAM 12:34:56\r\n";

/// The length of every reply to [`TIME`].
pub(crate) const REPLY_LEN: usize = 14;

/// Checks that the bytes are whole replies and nothing else.
pub(crate) fn check_replies(bytes: &[u8]) -> io::Result<()> {
    let is_reply = |reply: &[u8]| {
        reply.len() == REPLY_LEN && reply.starts_with(b"JAM ") && reply.ends_with(b"\r\n")
    };
    match bytes.chunks(REPLY_LEN).find(|reply| !is_reply(reply)) {
        None => Ok(()),
        Some(other) => Err(io::Error::other(format!(
            "a reply must read `JAM hh:mm:ss`, got `{}`",
            other.escape_ascii()
        ))),
    }
}

/// The error for a server that ended a session which its client had not.
pub(crate) fn ended_early() -> io::Error {
    io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "the server ended a session before it had answered",
    )
}
