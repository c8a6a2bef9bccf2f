//! How long the machine itself stood still while a test measured something.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::millis;

/// From one beat to the next.
const BEAT: Duration = Duration::from_millis(5);

/// A thread that sleeps again and again, and sees how much too long.
pub struct Heartbeat {
    ends: Arc<AtomicBool>,
    thread: JoinHandle<Vec<Duration>>,
}

impl Heartbeat {
    pub fn start() -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ends);
        let thread = thread::spawn(move || {
            let mut missed = Vec::new();
            while !seen.load(Ordering::Relaxed) {
                let began = Instant::now();
                // Nothing is waited for: that this takes longer than it should is what is measured.
                thread::sleep(BEAT);
                let late = began.elapsed().saturating_sub(BEAT);
                if late > millis(1) {
                    missed.push(late);
                }
            }
            missed
        });
        Self { ends, thread }
    }

    /// How much too long it slept each time that it did.
    pub fn missed(self) -> Vec<Duration> {
        self.ends.store(true, Ordering::Relaxed);
        self.thread.join().expect("no panic")
    }
}
