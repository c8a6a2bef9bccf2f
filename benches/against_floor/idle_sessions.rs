//! What a session costs in memory when it does nothing, with a worker for each.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::asking::{ask_once, connect_blocking, read_reply};
use crate::contestant::Contestant;
use crate::interrupt;
use crate::quantity::{Quantity, Verdict};
use crate::wire::TIME;

/// What a filter is matched with.
pub(crate) const NAME: &str = "idle-sessions";

/// The workers, and the sessions that occupy them.
pub(crate) const WORKERS: u32 = 10_000;

/// What this process and the child need beyond one descriptor a session.
const SPARE_DESCRIPTORS: u32 = 100;

/// The sessions that are opened before any of them is waited for: less than the queue holds.
const BATCH: usize = 500;

const MOST_KIB: f64 = 11.0;

/// Measures, or returns nothing where the machine allows too few descriptors.
pub(crate) fn measure(subject: Contestant) -> io::Result<Option<Quantity>> {
    eprintln!("{NAME}: {subject}");
    match raise_descriptors(WORKERS + SPARE_DESCRIPTORS)? {
        Descriptors::Enough => {}
        Descriptors::TooFew { hard, needed } => {
            println!("{NAME} was skipped: needs {needed} descriptors, the hard limit is {hard}\n");
            return Ok(None);
        }
    }
    let server = subject.start()?;
    // The thread that says where it listens may be ahead of the pool: one answer is not.
    ask_once(&mut connect_blocking(server.addr())?)?;
    let before_kib = server.resident_kib()?;
    let mut sessions = open_sessions(server.addr())?;
    let with_sessions_kib = server.resident_kib()?;
    ask_all(&mut sessions)?;
    eprintln!("  every session was answered again");

    let measured = f64::from(with_sessions_kib) / f64::from(WORKERS);
    Ok(Some(Quantity {
        work: NAME,
        measured: format!("{measured:.2} KiB a session"),
        beside: format!("{with_sessions_kib} KiB in all, {before_kib} without sessions"),
        target: format!("<= {MOST_KIB} KiB"),
        verdict: Verdict::at_most(MOST_KIB, measured),
    }))
}

fn open_sessions(server: SocketAddr) -> io::Result<Vec<TcpStream>> {
    let count = usize::try_from(WORKERS).map_err(io::Error::other)?;
    let mut sessions = Vec::with_capacity(count);
    while sessions.len() < count {
        let from = sessions.len();
        for _ in 0..BATCH.min(count - from) {
            sessions.push(connect_blocking(server)?);
        }
        ask_all(&mut sessions[from..])?;
    }
    Ok(sessions)
}

fn ask_all(sessions: &mut [TcpStream]) -> io::Result<()> {
    for batch in sessions.chunks_mut(BATCH) {
        interrupt::check()?;
        for session in batch.iter_mut() {
            session.write_all(TIME)?;
        }
        for session in batch {
            read_reply(session)?;
        }
    }
    Ok(())
}

/// Whether this process, and so its children, may hold enough descriptors.
#[derive(Debug, Clone, Copy)]
enum Descriptors {
    Enough,
    TooFew { hard: u64, needed: u64 },
}

/// Raises the soft limit to the hard one, if that is enough.
fn raise_descriptors(needed: u32) -> io::Result<Descriptors> {
    let needed = u64::from(needed);
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if hard < needed {
        return Ok(Descriptors::TooFew { hard, needed });
    }
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    Ok(Descriptors::Enough)
}
