//! The CPU time that `jamd load` takes for a command, against what `redis-benchmark` takes for a
//! `PING`, each with the server it is made for.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{CLIENTS, Cost, start_server};
use crate::interrupt;
use crate::pairs::{Compared, Effort};
use crate::quantity::{Quantity, Verdict};
use crate::running::PATIENCE;

/// What a filter is matched with.
pub(crate) const NAME: &str = "redis";

const MOST: f64 = 1.0;

/// How many are asked for where others are told how long to ask: about what they do in that time.
const PINGS_A_MILLISECOND: u128 = 60;

/// How often a starting server is knocked at.
const KNOCK: Duration = Duration::from_millis(5);

/// Compares the two, or returns nothing where one of redis's programs is missing.
pub(crate) fn measure(effort: Effort) -> io::Result<Option<Quantity>> {
    let (Some(_), Some(redis)) = (version("redis-benchmark")?, Redis::start()?) else {
        println!("{NAME} was skipped: needs redis-server and redis-benchmark\n");
        return Ok(None);
    };
    let version = version("redis-server")?.unwrap_or_default();
    eprintln!("{NAME}: µs a TIME by jamd load, against µs a PING by redis-benchmark; {version}");
    let server = start_server()?;
    let addr = server.addr();
    let compared = Compared::measure(
        effort,
        || Cost::us_per_op(effort.length, |length| Cost::of_jamd(addr, length)),
        || Cost::us_per_op(effort.length, |length| redis.ping(length)),
    )?;
    Ok(Some(Quantity {
        work: NAME,
        measured: compared.ratio_text(),
        beside: format!(
            "{:.2} µs a TIME, {:.2} µs a PING",
            compared.subject.median(),
            compared.reference.median()
        ),
        target: format!("<= {MOST:.1}"),
        verdict: Verdict::at_most(MOST, compared.ratio.median()),
    }))
}

/// What a program says its version is; nothing if it is not installed.
fn version(program: &str) -> io::Result<Option<String>> {
    match Command::new(program).arg("--version").output() {
        Ok(said) => Ok(Some(
            String::from_utf8_lossy(&said.stdout).trim().to_owned(),
        )),
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(err) => Err(err),
    }
}

/// A started server that keeps nothing; dropping it ends the process.
#[derive(Debug)]
struct Redis {
    child: Child,
    addr: SocketAddr,
}

impl Redis {
    /// Starts it and waits until it lets somebody in; nothing if it is not installed.
    fn start() -> io::Result<Option<Self>> {
        // Free a moment ago, and the kernel does not give the same one again at once.
        let addr = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let started = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &addr.port().to_string()])
            .args(["--save", "", "--appendonly", "no"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        let child = match started {
            Ok(child) => child,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(err) => return Err(err),
        };
        let redis = Self { child, addr };
        let begun = Instant::now();
        while let Err(err) = TcpStream::connect(addr) {
            interrupt::check()?;
            if begun.elapsed() > PATIENCE {
                return Err(err);
            }
            thread::sleep(KNOCK);
        }
        Ok(Some(redis))
    }

    /// What it costs `redis-benchmark` to ask for about so long.
    fn ping(&self, length: Duration) -> io::Result<Cost> {
        let pings = PINGS_A_MILLISECOND * length.as_millis();
        let mut command = Command::new("redis-benchmark");
        command
            .args(["-h", "127.0.0.1", "-p", &self.addr.port().to_string()])
            .args(["-c", &CLIENTS.to_string(), "-n", &pings.to_string()])
            .args(["-t", "ping_mbulk", "-q"]);
        let pings = u64::try_from(pings).map_err(io::Error::other)?;
        Cost::of_command(&mut command, pings)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // An error means that it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
