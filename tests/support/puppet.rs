//! A service that does as the test says.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, unbounded};
use jamd::server::{Progress, Responder, Service, Then};

use super::{BUSY, PATIENCE};

/// A service for tests: `HOLD` answers when the test lets it, `PANIC` panics, `FLOOD` answers with
/// more than any socket holds, and any other line is answered by itself.
pub struct Puppet {
    held: Sender<Sender<()>>,
}

/// The strings of a [`Puppet`]: one gate for each `HOLD` that a worker has come to.
pub struct Strings {
    held: Receiver<Sender<()>>,
}

pub fn puppet() -> (Arc<Puppet>, Strings) {
    let (sender, held) = unbounded();
    (Arc::new(Puppet { held: sender }), Strings { held })
}

impl Strings {
    /// Waits until a worker has come to a `HOLD`; dropping what is returned lets it go on.
    pub fn await_held(&self) -> Sender<()> {
        self.held.recv_timeout(PATIENCE).expect("no worker came")
    }
}

pub const FLOOD_BYTES: usize = 64 << 20;

pub struct PuppetResponder {
    held: Sender<Sender<()>>,
}

/// Implemented for the reference so that tests share one puppet between server and test.
pub struct Shared(pub Arc<Puppet>);

impl Service for Shared {
    type Responder = PuppetResponder;

    fn responder(&self) -> PuppetResponder {
        PuppetResponder {
            held: self.0.held.clone(),
        }
    }

    fn refusal(&self) -> &'static [u8] {
        BUSY
    }

    fn has_work(&self, received: &[u8]) -> bool {
        received.contains(&b'\n') || received.len() >= self.longest_command()
    }

    fn longest_command(&self) -> usize {
        64
    }
}

impl Responder for PuppetResponder {
    fn respond(&mut self, input: &[u8], replies: &mut Vec<u8>) -> Progress {
        let mut progress = Progress {
            consumed: 0,
            commands: 0,
            then: Then::Read,
        };
        for line in input.split_inclusive(|byte| *byte == b'\n') {
            if !line.ends_with(b"\n") {
                break;
            }
            progress.consumed += line.len();
            progress.commands += 1;
            match line {
                b"PANIC\n" => panic!("as the client wished"),
                b"FLOOD\n" => replies.resize(replies.len() + FLOOD_BYTES, b'x'),
                b"HOLD\n" => {
                    let (gate, opened) = crossbeam_channel::bounded(0);
                    self.held.send(gate).unwrap();
                    let _ = opened.recv_timeout(PATIENCE);
                    replies.extend_from_slice(line);
                }
                other => replies.extend_from_slice(other),
            }
        }
        progress
    }
}
