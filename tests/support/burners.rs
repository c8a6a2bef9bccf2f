//! Programs that compute and do nothing else, and so keep other programs from the cores.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

use super::PATIENCE;

/// Programs that compute. Killed when dropped; they end by themselves, in a minute, if nothing is left to
/// do that.
pub struct Burners(Vec<Child>);

impl Burners {
    /// So many on each core, with so little priority; they have begun when this returns.
    pub fn start(on_each_core: usize, nice: u8) -> Self {
        let all = sched_getaffinity(Pid::from_raw(0)).expect("the cores of this process");
        let cores = (0..CpuSet::count()).filter(|&core| all.is_set(core).expect("a core"));
        let each = cores.flat_map(|core| (0..on_each_core).map(move |_| burner(nice, core)));
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

fn burner(nice: u8, core: usize) -> Child {
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
    // Left to itself, the kernel may put all of them on one core and the measured program on another.
    let mut only = CpuSet::new();
    only.set(core).expect("a core");
    let pid = Pid::from_raw(burner.id().try_into().expect("a process id"));
    sched_setaffinity(pid, &only).expect("a program that may run there");
    burner
}
