//! `jamd ask`: the choice of the input, the questions, and the printed answers.

mod lines;
mod prompt;

use std::io::{self, ErrorKind, IsTerminal, Write, stderr, stdin, stdout};
use std::thread;
use std::time::Instant;

use rustyline::error::ReadlineError;

use crate::cli::{AskArgs, Source, Style};
use crate::client::{Client, ClientError, Reply, TimeOfDay};
use crate::protocol;

/// Asks as the arguments say.
pub(super) fn run(args: &AskArgs) -> Result<(), AskError> {
    let terminals = (stdin().is_terminal(), stdout().is_terminal());
    let asked = match (args.source(), terminals) {
        (Source::Unsaid | Source::Lines, (true, true)) => prompt::converse(args),
        (Source::Lines, _) => lines::relay(args),
        (Source::Unsaid, (false, _)) if lines::arrive(args.timeout())? => lines::relay(args),
        (Source::Unsaid | Source::Time, _) => ask(args),
    };
    match asked {
        // The reader of the output has closed it on purpose.
        Err(AskError::Output(err)) if err.kind() == ErrorKind::BrokenPipe => Ok(()),
        asked => asked,
    }
}

/// Asks for the time as often as requested, in one session.
fn ask(args: &AskArgs) -> Result<(), AskError> {
    let mut client = Client::connect(&args.target(), args.timeout())?;
    for unasked in (0..args.count()).rev() {
        let asked = Instant::now();
        print_time(client.ask()?, args.style())?;
        if unasked > 0 {
            // The interval counts from one question to the next.
            thread::sleep(args.interval().saturating_sub(asked.elapsed()));
        }
    }
    leave(client);
    Ok(())
}

fn print_time(time: TimeOfDay, style: Style) -> Result<(), AskError> {
    match style {
        Style::Time => print(format!("{time}").as_bytes()),
        Style::Raw => print(format!("JAM {time}").as_bytes()),
    }
}

/// Prints a reply. On a terminal, control characters are made visible.
fn print_reply(reply: &Reply) -> Result<(), AskError> {
    if stdout().is_terminal() {
        print(visible(reply.text()).as_bytes())
    } else {
        print(reply.text())
    }
}

fn visible(text: &[u8]) -> String {
    let mut visible = String::new();
    for c in String::from_utf8_lossy(text).chars() {
        if c.is_control() {
            visible.extend(c.escape_default());
        } else {
            visible.push(c);
        }
    }
    visible
}

/// Prints one line and flushes it, so that a pipe receives each answer at once.
fn print(text: &[u8]) -> Result<(), AskError> {
    let mut out = stdout().lock();
    out.write_all(&[text, b"\n"].concat())
        .and_then(|()| out.flush())
        .map_err(AskError::Output)
}

/// Whether a line is the command that ends a session.
fn is_quit(line: &[u8]) -> bool {
    protocol::command(line) == protocol::Command::Quit
}

/// Ends the session with QUIT. A failure here is only a warning, because the answers have arrived.
fn leave(client: Client) {
    if let Err(err) = client.quit() {
        let _nowhere_left_to_say_it = writeln!(stderr(), "jamd: warning: {err}");
    }
}

/// Why asking failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(super) enum AskError {
    /// A connection error, or an invalid answer of the server.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Standard output cannot be written.
    #[error("could not write to standard output: {0}")]
    Output(io::Error),
    /// Standard input cannot be read.
    #[error("could not read standard input: {0}")]
    Input(io::Error),
    /// The terminal cannot be used.
    #[error("could not read from the terminal: {0}")]
    Terminal(ReadlineError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_sent_what_would_command_it() {
        assert_eq!(visible(b"JAM 12:00:00"), "JAM 12:00:00");
        assert_eq!(visible(b"\x1b[2J\x07\xff"), "\\u{1b}[2J\\u{7}\u{fffd}");
        assert_eq!(visible("\u{9b}2J \"é\"".as_bytes()), "\\u{9b}2J \"é\"");
    }
}
