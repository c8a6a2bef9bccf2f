//! What it costs to watch: `jamd load` on a terminal against the same without one.

use std::fs::File;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use nix::pty::{Winsize, openpty};

use crate::client::{self, Loaded, start_server};
use crate::pairs::{Compared, Effort};
use crate::quantity::{Quantity, Verdict};
use crate::spread::Spread;

/// What a filter is matched with.
pub(crate) const NAME: &str = "live-view";

const MOST_PERCENT: f64 = 1.0;

/// Compares runs that are watched with runs that are not. What drawing takes of a core is told
/// exactly, and judged; the throughput, which varies by tens of per cent from run to run, stands
/// beside it.
pub(crate) fn measure(effort: Effort) -> io::Result<Quantity> {
    eprintln!("{NAME}: replies a second, on a terminal against none");
    let server = start_server()?;
    let addr = server.addr();
    let (mut drawing, mut none) = (Vec::new(), Vec::new());
    let compared = Compared::measure(
        effort,
        || {
            let loaded = watch(addr, effort.length)?;
            drawing.push(beside_load_percent(&loaded));
            Ok(replies_per_second(&loaded))
        },
        || {
            let loaded = client::load(addr, effort.length, Stdio::null())?;
            none.push(beside_load_percent(&loaded));
            Ok(replies_per_second(&loaded))
        },
    )?;
    let pairs = drawing.iter().zip(&none).skip(1);
    let cost = Spread::of(pairs.map(|(drawing, none)| drawing - none).collect());
    let [low, middle, high] = [1, 2, 3].map(|quartile| cost.quartile(quartile));
    Ok(Quantity {
        work: NAME,
        measured: format!("{middle:.2} % ({low:.2}–{high:.2})"),
        beside: format!("of a core; throughput {}", compared.ratio_text()),
        target: format!("<= {MOST_PERCENT} %"),
        verdict: Verdict::at_most(MOST_PERCENT, middle),
    })
}

/// Loads with a terminal to draw on.
fn watch(server: SocketAddr, length: Duration) -> io::Result<Loaded> {
    let size = Winsize {
        ws_row: 24,
        ws_col: 80,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    let terminal = openpty(&size, None)?;
    let mut screen = File::from(terminal.master);
    let reader = thread::spawn(move || {
        let mut drawn = 0;
        let mut bytes = [0; 4096];
        // Ends with an error once nobody has the terminal open any more.
        while let Ok(read) = screen.read(&mut bytes) {
            drawn += read;
        }
        drawn
    });
    let loaded = client::load(server, length, Stdio::from(terminal.slave))?;
    match reader.join() {
        Ok(0) | Err(_) => Err(io::Error::other("nothing was drawn on the terminal")),
        Ok(_) => Ok(loaded),
    }
}

fn replies_per_second(loaded: &Loaded) -> f64 {
    let measured = &loaded.measurement;
    measured.per_second(measured.ended.replies)
}

/// What the process took besides what its loading thread did, in per cent of a core.
fn beside_load_percent(loaded: &Loaded) -> f64 {
    let client = &loaded.measurement.client;
    let loading: f64 = client.busy.iter().chain(&client.spun).sum();
    let elapsed = loaded.measurement.window.elapsed.as_secs_f64();
    100.0 * (loaded.cpu.as_secs_f64() / elapsed - loading)
}
