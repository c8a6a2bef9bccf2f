//! The floor: a thread per connection that reads, counts bytes and writes fixed ones.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::wire::{FIXED_REPLY, QUIT, REPLY_LEN, TIME};

/// The bytes taken by one read.
const READ_LEN: usize = 4096;

/// The most replies that one read, and what was left of the one before, can ask for.
const MOST_REPLIES: usize = READ_LEN.div_ceil(TIME.len());

/// Answers every connection on a thread of its own.
pub(super) fn serve(listener: &TcpListener) -> io::Result<()> {
    let replies: &'static [u8] = FIXED_REPLY.repeat(MOST_REPLIES).leak();
    loop {
        let (stream, _) = listener.accept()?;
        // A client that resets has no one left to tell.
        thread::Builder::new().spawn(move || converse(stream, replies).ok())?;
    }
}

/// Answers fourteen bytes for every six until the client leaves; a command is never looked at.
fn converse(mut stream: TcpStream, replies: &[u8]) -> io::Result<()> {
    let mut buffer = [0; READ_LEN];
    let mut unanswered = 0;
    loop {
        let read = stream.read(&mut buffer)?;
        let quits = buffer[..read].ends_with(QUIT);
        unanswered += if quits { read - QUIT.len() } else { read };
        let whole = unanswered / TIME.len();
        unanswered %= TIME.len();
        if whole > 0 {
            stream.write_all(&replies[..whole * REPLY_LEN])?;
        }
        if quits || read == 0 {
            return Ok(());
        }
    }
}
