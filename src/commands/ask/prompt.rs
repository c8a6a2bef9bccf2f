//! The prompt: lines with editing and history, sent one by one.

use rustyline::DefaultEditor;
use rustyline::config::Config;
use rustyline::error::ReadlineError;

use super::{AskError, is_quit, leave, print, print_reply};
use crate::cli::AskArgs;
use crate::client::{Client, ClientError};

/// Runs the prompt until `QUIT`, Ctrl-C, Ctrl-D, or the end of the session.
pub(super) fn converse(args: &AskArgs) -> Result<(), AskError> {
    let config = Config::builder().auto_add_history(true).build();
    let mut editor = DefaultEditor::with_config(config).map_err(AskError::Terminal)?;
    let mut client = Client::connect(&args.target(), args.timeout())?;
    let prompt = format!("{}> ", client.server());
    print(b"TIME asks for the time; QUIT, Ctrl-C or Ctrl-D leaves.")?;
    loop {
        match editor.readline(&prompt) {
            Ok(typed) => match send_all(&mut client, &typed)? {
                Next::Line => {}
                Next::Leave => break,
            },
            Err(ReadlineError::Interrupted | ReadlineError::Eof) => break,
            // A resized window only needs a redraw.
            Err(ReadlineError::Signal(_)) => {}
            Err(err) => {
                leave(client);
                return Err(AskError::Terminal(err));
            }
        }
    }
    leave(client);
    Ok(())
}

/// The next step of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Line,
    Leave,
}

/// Sends the typed text. A paste may hold several lines, the last with its line end.
fn send_all(client: &mut Client, typed: &str) -> Result<Next, AskError> {
    let lines = typed.strip_suffix('\n').unwrap_or(typed).split('\n');
    for line in lines.map(str::as_bytes) {
        if is_quit(line) {
            return Ok(Next::Leave);
        }
        match client.send_line(line) {
            Ok(reply) => print_reply(&reply)?,
            // Nothing was sent, so the session remains usable.
            Err(err @ ClientError::LineTooLong { .. }) => print(err.to_string().as_bytes())?,
            Err(err) => return Err(err.into()),
        }
    }
    Ok(Next::Line)
}
