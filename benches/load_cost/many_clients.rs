//! What ten thousand clients take in memory, and whether each of them is served.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};

use crate::child::measured;
use crate::client::load_command;
use crate::jamd_serve;
use crate::quantity::{Quantity, Verdict};
use crate::running::Running;

/// What a filter is matched with.
pub(crate) const NAME: &str = "many-clients";

const CLIENTS: usize = 10_000;

/// As many workers, for clients that keep their connections keep their workers.
const WORKERS: u32 = 10_000;

/// Places for those that come before the last worker is there.
const QUEUE: u32 = 5_000;

/// The pause of each client between a reply and its next command.
const THINK: &str = "1s";

const LENGTH: Duration = Duration::from_secs(5);

const MOST_MIB: f64 = 64.0;

/// Loads a server once.
pub(crate) fn measure() -> io::Result<Quantity> {
    eprintln!("{NAME}: {CLIENTS} clients that think {THINK}, of a server with as many workers");
    let server = Running::start("jamd serve".into(), jamd_serve::command(WORKERS, QUEUE))?;
    let mut command = load_command(server.addr(), LENGTH, CLIENTS);
    // Ten thousand that never pause would be more than two cores can begin to serve.
    command.args(["--think", THINK]).stderr(Stdio::null());
    let (measured, _) = measured(command)?;
    // The greatest of all children so far, so that this one took no more.
    let peak_kib = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss();
    let peak_mib = f64::from(i32::try_from(peak_kib).map_err(io::Error::other)?) / 1024.0;
    let starved = measured.client.starved;
    let unfinished = measured.tally.unfinished.count();
    Ok(Quantity {
        work: NAME,
        measured: format!("{peak_mib:.1} MiB at most"),
        beside: format!(
            "{starved} starved, {unfinished} unfinished, {} good",
            measured.ended.good
        ),
        target: format!("<= {MOST_MIB} MiB"),
        verdict: Verdict::of(peak_mib <= MOST_MIB && starved + unfinished == 0),
    })
}
