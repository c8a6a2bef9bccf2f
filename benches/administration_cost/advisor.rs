//! What the advisor takes of a core.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::clients;
use crate::jamd_serve::QUEUE;
use crate::machine::first_line;
use crate::pairs::Effort;
use crate::quantity::{Quantity, Verdict};
use crate::running::Running;
use crate::server::{Observed, WORKERS};

/// What a filter is matched with.
pub(crate) const NAME: &str = "advisor";

/// The rate that the target is for.
const PER_SECOND: f64 = 20_000.0;

const MOST_PERCENT: f64 = 1.0;

/// Loads a server for ten times as long as others, for the advisor forms its advice once a second.
pub(crate) fn measure(effort: Effort) -> io::Result<Quantity> {
    eprintln!("{NAME}: its thread's CPU time, of a core");
    let Observed { server, .. } = Observed::start(WORKERS, QUEUE)?;
    let advisor = Advisor::of(&server)?;
    let (before, since) = (advisor.cpu()?, Instant::now());
    let rate = clients::closed_loop(server.addr(), effort.length * 10)?.goodput();
    let cpu = advisor.cpu()?.saturating_sub(before);
    let percent = 100.0 * cpu.as_secs_f64() / since.elapsed().as_secs_f64();
    // Part of it does not depend on the rate, so this is more than it would be.
    let scaled = percent * PER_SECOND / rate;
    Ok(Quantity {
        work: NAME,
        measured: format!("{percent:.2} % of a core"),
        beside: format!("at {rate:.0} sessions/s; so {scaled:.2} % at {PER_SECOND}"),
        target: format!("<= {MOST_PERCENT} %"),
        verdict: Verdict::at_most(MOST_PERCENT, scaled),
    })
}

/// The thread of a server, as a folder of the kernel's.
#[derive(Debug)]
struct Advisor(PathBuf);

impl Advisor {
    fn of(server: &Running) -> io::Result<Self> {
        for thread in fs::read_dir(format!("/proc/{}/task", server.pid))? {
            let folder = thread?.path();
            if first_line(folder.join("comm"))? == NAME {
                return Ok(Self(folder));
            }
        }
        Err(io::Error::other("the server has no thread for the advisor"))
    }

    /// The CPU time of the thread so far.
    fn cpu(&self) -> io::Result<Duration> {
        let path = self.0.join("schedstat");
        let line = first_line(&path)?;
        let nanos = line.split(' ').next().and_then(|field| field.parse().ok());
        nanos.map(Duration::from_nanos).ok_or_else(|| {
            let path = path.display();
            io::Error::other(format!("{path} must begin with a number, got `{line}`"))
        })
    }
}
