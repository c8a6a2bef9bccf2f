//! How long a scrape takes of a server with thousands of workers, all occupied.

use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use jamd::client::admin::{Address, AdminClient};
use nix::sys::resource::{Resource, getrlimit};

use crate::clients::{Crowd, PAUSE};
use crate::interrupt;
use crate::quantity::{Quantity, Verdict};
use crate::running::PATIENCE;
use crate::scraper::get;
use crate::server::Observed;
use crate::spread::Spread;

/// What a filter is matched with.
pub(crate) const NAME: &str = "scrape";

/// As many as there are wanted, and as there may be descriptors for: these and what a server needs
/// besides.
const WORKERS: u64 = 10_000;
const SPARE_DESCRIPTORS: u64 = 2000;

const SCRAPES: usize = 30;

const MOST_MS: f64 = 20.0;

/// How often a server that fills up is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Fills a server, and asks for both.
pub(crate) fn measure() -> io::Result<[Quantity; 2]> {
    let (_, descriptors) = getrlimit(Resource::RLIMIT_NOFILE)?;
    // Two workers to each place for those that come before the last worker is there.
    let room = descriptors.saturating_sub(SPARE_DESCRIPTORS) * 2 / 3;
    let workers = u32::try_from(room.min(WORKERS)).map_err(io::Error::other)?;
    eprintln!("{NAME}: of {workers} workers, all occupied");
    let Observed { server, admin } = Observed::start(workers, workers / 2)?;
    let _crowd = Crowd::send(server.addr(), workers)?;
    await_occupied(admin, workers)?;
    Ok([
        scrape(admin, "/metrics", workers)?,
        scrape(admin, "/status", workers)?,
    ])
}

fn await_occupied(admin: SocketAddr, workers: u32) -> io::Result<()> {
    let address: Address = admin.to_string().parse().map_err(io::Error::other)?;
    let admin = AdminClient::new(address, PATIENCE);
    let begun = Instant::now();
    loop {
        interrupt::check()?;
        let status = admin.status().map_err(io::Error::other)?;
        let occupied = status.server.workers.states.occupied();
        if u32::try_from(occupied) == Ok(workers) {
            return Ok(());
        }
        if begun.elapsed() > PAUSE + PATIENCE {
            return Err(io::Error::other(format!(
                "{occupied} of {workers} workers were occupied in the end"
            )));
        }
        thread::sleep(LOOK);
    }
}

fn scrape(admin: SocketAddr, path: &'static str, workers: u32) -> io::Result<Quantity> {
    let mut bytes = 0;
    let mut times = Vec::with_capacity(SCRAPES);
    for _ in 0..SCRAPES {
        interrupt::check()?;
        let before = Instant::now();
        bytes = get(admin, path)?.len();
        times.push(before.elapsed().as_secs_f64() * 1e3);
    }
    let times = Spread::of(times);
    Ok(Quantity {
        work: path,
        measured: format!("{:.2} ms", times.median()),
        beside: format!(
            "at most {:.2}; {} KiB; {workers} occupied",
            times.quartile(4),
            bytes / 1024
        ),
        target: format!("<= {MOST_MS} ms"),
        verdict: Verdict::at_most(MOST_MS, times.quartile(4)),
    })
}
