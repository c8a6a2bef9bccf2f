//! What sessions notice of scrapes: the 99th percentile of their time, with and without.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::clients;
use crate::jamd_serve::QUEUE;
use crate::pairs::{Compared, Effort};
use crate::quantity::{Quantity, Verdict};
use crate::scraper::scrape_during;
use crate::server::{Observed, WORKERS};

/// What a filter is matched with.
pub(crate) const NAME: &str = "p99";

/// Sessions begun a second, evenly spaced: what leaves the machine mostly idle.
const RATE: u32 = 1000;

/// Ten scrapes a second.
const PERIOD: Duration = Duration::from_millis(100);

/// More than the medians of runs that differ in nothing are apart.
const MOST: f64 = 1.05;

/// Compares runs of one server.
pub(crate) fn measure(effort: Effort) -> io::Result<Quantity> {
    eprintln!("{NAME}: ms, with ten scrapes a second against none");
    let Observed { server, admin } = Observed::start(WORKERS, QUEUE)?;
    // Twice as long as others, so that it is not for a handful of sessions to say.
    let p99_ms = || p99_ms(server.addr(), effort.length * 2);
    let compared = Compared::measure(
        effort,
        || scrape_during(admin, &["/metrics"], PERIOD, p99_ms),
        p99_ms,
    )?;
    Ok(Quantity {
        work: NAME,
        measured: compared.ratio_text(),
        beside: format!(
            "{:.3} ms at {RATE} sessions/s, unscraped {:.3}",
            compared.subject.median(),
            compared.reference.median()
        ),
        target: format!("<= {MOST}"),
        verdict: Verdict::at_most(MOST, compared.ratio.median()),
    })
}

fn p99_ms(server: SocketAddr, length: Duration) -> io::Result<f64> {
    let measured = clients::open_loop(server, length, RATE)?;
    let p99 = measured.percentile(0.99);
    let p99 = p99.ok_or_else(|| io::Error::other("no session was good"))?;
    Ok(p99.time.as_secs_f64() * 1e3)
}
