//! Programs that compute and do nothing else, for whoever is to have no cores.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;

use super::PATIENCE;

/// Programs that compute. Killed when dropped; they end by themselves, in a minute, if nobody is left to
/// do that.
pub struct Burners(Vec<Child>);

impl Burners {
    /// So many for each core, with so little priority; they have begun when this returns.
    pub fn start(for_each_core: usize, nice: u8) -> Self {
        let cores = thread::available_parallelism().expect("cores").get();
        let each = (0..for_each_core * cores).map(|_| burner(nice));
        Self(each.collect())
    }
}

impl Drop for Burners {
    fn drop(&mut self) {
        for burner in &mut self.0 {
            // Neither does anything once it has ended and was waited for.
            let _ = burner.kill();
            let _ = burner.wait();
        }
    }
}

fn burner(nice: u8) -> Child {
    let longest = 6 * PATIENCE.as_secs();
    let burn = format!("ulimit -t {longest}; echo; while :; do :; done");
    let mut burner = Command::new("nice");
    // Each becomes the next, so that there is one process to end.
    burner.args(["-n", &nice.to_string(), "sh", "-c", &burn]);
    let burner = burner.stdout(Stdio::piped()).spawn();
    let mut burner = burner.expect("a shell that computes");
    let said = burner.stdout.take().expect("piped");
    BufReader::new(said)
        .read_line(&mut String::new())
        .expect("a line");
    burner
}
