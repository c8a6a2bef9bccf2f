//! The usual decent version: a thread per connection, buffered lines, the time formatted anew.

use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use chrono::Local;

/// Serves every connection on a thread of its own.
pub(super) fn serve(listener: &TcpListener) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept()?;
        // A client that resets has no one left to tell.
        thread::Builder::new().spawn(move || converse(&stream).ok())?;
    }
}

/// Answers line by line, and writes when it has answered all that one read brought.
fn converse(stream: &TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut writer = BufWriter::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        match line.trim_ascii_end() {
            b"TIME" => write!(writer, "JAM {}\r\n", Local::now().format("%H:%M:%S"))?,
            b"QUIT" => return writer.flush(),
            _ => writer.write_all(b"ERROR unknown command\r\n")?,
        }
        if reader.buffer().is_empty() {
            writer.flush()?;
        }
    }
}
