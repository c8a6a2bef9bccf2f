//! What sessions cost a server with an administration port, over what they cost one without.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::clients;
use crate::jamd_serve::QUEUE;
use crate::pairs::{Compared, Effort};
use crate::quantity::{Quantity, Verdict};
use crate::running::Running;
use crate::scraper::scrape_during;
use crate::server::{Observed, WORKERS, start_unobserved};

/// The most CPU time a session, and the least throughput, that count as no difference.
const MOST_CPU: f64 = 1.03;
const LEAST_RATE: f64 = 0.98;

/// Nobody asks.
pub(crate) const UNPOLLED: Sessions = Sessions {
    name: "sessions",
    polled: &[],
};

/// What the page and a collector of metrics ask for.
pub(crate) const POLLED: Sessions = Sessions {
    name: "polled",
    polled: &["/status", "/metrics"],
};

/// Sessions, while the port is asked for some paths.
#[derive(Debug)]
pub(crate) struct Sessions {
    pub(crate) name: &'static str,
    /// Asked for once in the middle of each run, which is as long as a second.
    polled: &'static [&'static str],
}

impl Sessions {
    /// Compares the two servers, which are new ones for every run.
    pub(crate) fn measure(&self, effort: Effort) -> io::Result<[Quantity; 2]> {
        let name = self.name;
        eprintln!("{name}: µs a session, with an administration port against without");
        let length = effort.length;
        let (mut with, mut without) = (Vec::new(), Vec::new());
        let cpu = Compared::measure(
            effort,
            || {
                let Observed { server, admin } = Observed::start(WORKERS, QUEUE)?;
                let run = Run::of(&server, length, |addr| {
                    let load = || clients::closed_loop(addr, length);
                    scrape_during(admin, self.polled, length, load)
                })?;
                with.push(run.per_second);
                Ok(run.cpu_us)
            },
            || {
                let server = start_unobserved()?;
                let load = |addr| clients::closed_loop(addr, length);
                let run = Run::of(&server, length, load)?;
                without.push(run.per_second);
                Ok(run.cpu_us)
            },
        )?;
        // Without the pair that does not count.
        let rate = Compared::of(with.split_off(1), without.split_off(1));
        Ok([
            Quantity {
                work: name,
                measured: cpu.ratio_text(),
                beside: format!(
                    "CPU: {:.2} µs a session, without {:.2}",
                    cpu.subject.median(),
                    cpu.reference.median()
                ),
                target: format!("<= {MOST_CPU}"),
                verdict: Verdict::at_most(MOST_CPU, cpu.ratio.median()),
            },
            Quantity {
                work: name,
                measured: rate.ratio_text(),
                beside: format!(
                    "throughput: {:.0} sessions/s, without {:.0}",
                    rate.subject.median(),
                    rate.reference.median()
                ),
                target: format!(">= {LEAST_RATE}"),
                verdict: Verdict::of(rate.ratio.median() >= LEAST_RATE),
            },
        ])
    }
}

/// What one run of a server came to.
#[derive(Debug, Clone, Copy)]
struct Run {
    cpu_us: f64,
    per_second: f64,
}

impl Run {
    fn of(
        server: &Running,
        length: Duration,
        load: impl FnOnce(SocketAddr) -> io::Result<jamd::load::Measurement>,
    ) -> io::Result<Self> {
        // What a new process does once is not what is measured.
        clients::closed_loop(server.addr(), length / 5)?;
        let before = server.cpu()?;
        let measured = load(server.addr())?;
        let cpu = server.cpu()?.saturating_sub(before);
        let sessions = u32::try_from(measured.tally.started).map_err(io::Error::other)?;
        Ok(Self {
            cpu_us: cpu.as_secs_f64() * 1e6 / f64::from(sessions),
            per_second: measured.goodput(),
        })
    }
}
