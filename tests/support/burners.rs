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
    /// So many for each core, with so little priority, wherever the kernel runs them; they have begun when
    /// this returns.
    pub fn start(for_each_core: usize, nice: u8) -> Self {
        let each = cores().flat_map(|_| (0..for_each_core).map(|_| burner(nice)));
        Self(each.collect())
    }

    /// So many on each core. Left to itself, the kernel may run all of them on one core for a second.
    pub fn pinned(on_each_core: usize, nice: u8) -> Self {
        let burners = cores().flat_map(|core| (0..on_each_core).map(move |_| (burner(nice), core)));
        let each = burners.map(|(burner, core)| {
            let mut only = CpuSet::new();
            only.set(core).expect("a core");
            let pid = Pid::from_raw(burner.id().try_into().expect("a process id"));
            sched_setaffinity(pid, &only).expect("a program that may run there");
            burner
        });
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

/// The cores that this process may run on.
fn cores() -> impl Iterator<Item = usize> {
    let all = sched_getaffinity(Pid::from_raw(0)).expect("the cores of this process");
    (0..CpuSet::count()).filter(move |&core| all.is_set(core).expect("a core"))
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
