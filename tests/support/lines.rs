//! What a child prints, line by line, with a bound on every wait.

use std::io::{BufRead, BufReader, Read};
use std::thread;

use crossbeam_channel::{Receiver, RecvTimeoutError, unbounded};

use super::PATIENCE;

/// Whether a pipe is read as long as the child writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Stays,
    /// Closes the pipe after the first line.
    LeavesAfterALine,
    /// Keeps the pipe open and never reads, like a terminal after Ctrl-S.
    Stalls,
}

/// The lines of a pipe, read by a thread so that every wait for one can be bounded.
pub struct Lines {
    lines: Receiver<String>,
    /// What was read while waiting for a later line.
    passed: Vec<String>,
}

impl Lines {
    pub fn of(pipe: impl Read + Send + 'static, reader: Reader) -> Self {
        let (sender, lines) = unbounded();
        if reader == Reader::Stalls {
            std::mem::forget(pipe);
            return Self {
                lines,
                passed: Vec::new(),
            };
        }
        thread::spawn(move || {
            for line in BufReader::new(pipe).lines() {
                let line = line.expect("text");
                if sender.send(line).is_err() || reader == Reader::LeavesAfterALine {
                    break;
                }
            }
        });
        let passed = Vec::new();
        Self { lines, passed }
    }

    /// The next line, or `None` at the end.
    pub fn next(&self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("nothing more was printed in time"),
        }
    }

    /// Waits for a line that contains this.
    pub fn await_line(&mut self, text: &str) {
        loop {
            let Some(line) = self.next() else {
                panic!(
                    "jamd ended without saying {text:?}, but: {:#?}",
                    self.passed
                );
            };
            let found = line.contains(text);
            self.passed.push(line);
            if found {
                return;
            }
        }
    }

    /// Everything to the end, with what was passed before.
    pub fn rest(&mut self) -> String {
        while let Some(line) = self.next() {
            self.passed.push(line);
        }
        let line = |line| line + "\n";
        self.passed.drain(..).map(line).collect()
    }
}
