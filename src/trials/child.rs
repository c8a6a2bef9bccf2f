//! The server of one trial: this same program as a child, on free ports of the loopback interface.
//!
//! It runs with the defaults that are shipped and with what a trial says besides, in an environment that
//! is empty: neither the user's `JAMD_…` variables nor sockets that somebody passed to the tuner have a
//! say in it. It cannot outlive the tuner, however that ends: it serves until the pipe that is its
//! standard input ends, and the tuner holds the only other end.

use std::env;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::client::admin::AdminClient;
use crate::service::ServiceTime;
use crate::tune::Candidate;

/// How long a child may take until it listens, and to end once it was asked to. Both take it
/// milliseconds.
const START: Duration = Duration::from_secs(10);
const END: Duration = Duration::from_secs(2);

/// How often it is looked whether it has ended: nothing in the standard library waits for a child and ends
/// at a deadline.
const LOOK: Duration = Duration::from_millis(2);

/// How long its administration port may take to answer: it has workers of its own, but no cores.
const ANSWER: Duration = Duration::from_secs(5);

/// As many bytes of its last words as a message shows.
const MOST_WORDS: u64 = 4096;

/// What every child is told. Nothing that limits one client may meet the load generator, which is one.
const ALWAYS: [&str; 10] = [
    "serve",
    "--until-stdin-ends",
    "--listen=127.0.0.1:0",
    "--admin=127.0.0.1:0",
    "--zone=utc",
    "--log=error",
    "--log-sessions=0",
    "--max-sessions-per-client=none",
    "--session-rate-per-client=none",
    "--drain-timeout=1s",
];

/// What one is told besides that simulates another program: the program does not know these limits, and
/// its sessions may take longer than they allow.
const SIMULATING: [&str; 2] = ["--queue-timeout=none", "--turn=none"];

/// What it says first, and next.
const LISTENS: &str = "listening on ";
const IS_ADMINISTERED: &str = "administration on http://";

/// A server that listens.
#[derive(Debug)]
pub(crate) struct Server {
    process: Process,
    address: SocketAddr,
    admin: AdminClient,
}

/// A child that is killed when this is dropped.
#[derive(Debug)]
struct Process(Child);

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The program cannot be started, or does not say that it listens.
    #[error("cannot start a server: {0}")]
    System(#[from] io::Error),
    /// It will not run, for the reason it gives.
    #[error("the server does not start: {0}")]
    Refused(String),
}

impl Server {
    /// Starts a server, and waits until it listens.
    pub(crate) fn start(
        candidate: Candidate,
        service_time: Option<ServiceTime>,
    ) -> Result<Self, StartError> {
        let mut command = Command::new(env::current_exe()?);
        command
            .args(ALWAYS)
            .arg(format!("--workers={}", candidate.workers))
            .arg(format!("--queue={}", candidate.queue))
            .env_clear()
            // A Ctrl-C at the terminal is for the tuner, which ends the trial first and then the server.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(service_time) = service_time {
            command
                .args(SIMULATING)
                .arg(format!("--service-time={service_time}"));
        }
        let mut process = Process(command.spawn()?);
        match process.announced() {
            Ok((address, admin)) => Ok(Self {
                process,
                address,
                admin: AdminClient::new(admin.into(), ANSWER),
            }),
            Err(err) => match process.last_words() {
                words if words.is_empty() => Err(StartError::System(err)),
                words => Err(StartError::Refused(words)),
            },
        }
    }

    /// Where it serves.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its administration port.
    pub(crate) fn admin(&self) -> &AdminClient {
        &self.admin
    }

    /// Ends it, and says whether it was still there to be ended.
    pub(crate) fn end(mut self) -> bool {
        let Process(child) = &mut self.process;
        let was_there = matches!(child.try_wait(), Ok(None));
        // Whatever goes wrong with asking for the end, it is killed in time.
        let _asked = self
            .process
            .id()
            .map(|process| kill(process, Signal::SIGTERM));
        let Process(child) = &mut self.process;
        let deadline = Instant::now() + END;
        while matches!(child.try_wait(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(LOOK);
        }
        was_there
    }
}

impl Process {
    fn id(&self) -> Option<Pid> {
        i32::try_from(self.0.id()).ok().map(Pid::from_raw)
    }

    /// Where it serves and where it is administered, as it says.
    fn announced(&mut self) -> io::Result<(SocketAddr, SocketAddr)> {
        let stdout = self.0.stdout.take().ok_or(ErrorKind::BrokenPipe)?;
        let (mut stdout, deadline) = (BufReader::new(stdout), Instant::now() + START);
        let first = line(&mut stdout, deadline)?;
        let first = first
            .split(" with ")
            .next()
            .and_then(|it| it.strip_prefix(LISTENS));
        let second = line(&mut stdout, deadline)?;
        let second = second.trim_end().strip_prefix(IS_ADMINISTERED);
        let address =
            |text: Option<&str>| text.and_then(|text| text.trim_end_matches('/').parse().ok());
        let both = address(first).zip(address(second));
        both.ok_or_else(|| ErrorKind::InvalidData.into())
    }

    /// What it complained of until its end, which this is.
    fn last_words(&mut self) -> String {
        self.end();
        let mut words = Vec::new();
        if let Some(stderr) = &mut self.0.stderr {
            // What can be read of it is what can be told.
            let _ = stderr.take(MOST_WORDS).read_to_end(&mut words);
        }
        let words = String::from_utf8_lossy(&words);
        words.trim().trim_start_matches("jamd: ").to_owned()
    }

    /// Neither does anything once it has ended and was waited for.
    fn end(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// The next line, which is written in one piece.
fn line(stdout: &mut BufReader<ChildStdout>, deadline: Instant) -> io::Result<String> {
    if stdout.buffer().is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        let mut waited = [PollFd::new(stdout.get_ref().as_fd(), PollFlags::POLLIN)];
        if poll(&mut waited, left)? == 0 {
            return Err(ErrorKind::TimedOut.into());
        }
    }
    let mut line = String::new();
    match stdout.read_line(&mut line)? {
        0 => Err(ErrorKind::UnexpectedEof.into()),
        _ => Ok(line),
    }
}
