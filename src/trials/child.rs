//! The server of one trial: this program as a child, on free ports of the loopback interface.
//!
//! It runs with the shipped defaults and the settings of the trial, in an empty environment. So neither the
//! user's `JAMD_…` variables nor passed sockets affect it. It cannot outlive the tuner: it serves until the
//! pipe on its standard input ends, and only the tuner holds the other end.

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

/// The time limits for a child to listen, and to end on request. Both normally take milliseconds.
const START: Duration = Duration::from_secs(10);
const END: Duration = Duration::from_secs(2);

/// The interval of checks for a child's end. The standard library has no wait with a deadline.
const LOOK: Duration = Duration::from_millis(2);

/// The timeout of its administration port, which has workers of its own but no cores of its own.
const ANSWER: Duration = Duration::from_secs(5);

/// The bytes of its error output that a message shows.
const MOST_WORDS: u64 = 4096;

/// The arguments of every child. Limits for each client are off, because the load generator is one client.
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

/// More arguments when the child simulates another program. That program does not have these limits, and
/// its sessions may take longer than they allow.
const SIMULATING: [&str; 2] = ["--queue-timeout=none", "--turn=none"];

/// The beginnings of its first two lines of output.
const LISTENS: &str = "listening on ";
const IS_ADMINISTERED: &str = "administration on http://";

/// A server that listens.
#[derive(Debug)]
pub(crate) struct Server {
    process: Process,
    address: SocketAddr,
    admin: AdminClient,
}

/// A child process, killed on drop.
#[derive(Debug)]
struct Process(Child);

/// The error of starting a server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The program cannot be started, or does not report its address.
    #[error("cannot start a server: {0}")]
    System(#[from] io::Error),
    /// The server refused to start, with its reason.
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
            // The tuner handles Ctrl-C: it ends the trial first, then the server.
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

    /// The address of the time port.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The client of its administration port.
    pub(crate) fn admin(&self) -> &AdminClient {
        &self.admin
    }

    /// Ends the server. Returns whether it was still running.
    pub(crate) fn end(mut self) -> bool {
        let Process(child) = &mut self.process;
        let was_there = matches!(child.try_wait(), Ok(None));
        // If the request to end fails, the server is killed at the deadline.
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

    /// The addresses of the time port and the administration port, from the output of the child.
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

    /// Kills the child, and returns its error output.
    fn last_words(&mut self) -> String {
        self.end();
        let mut words = Vec::new();
        if let Some(stderr) = &mut self.0.stderr {
            // A read error leaves the text so far.
            let _ = stderr.take(MOST_WORDS).read_to_end(&mut words);
        }
        let words = String::from_utf8_lossy(&words);
        words.trim().trim_start_matches("jamd: ").to_owned()
    }

    /// Both calls do nothing once the child has ended and was waited for.
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

/// The next line. The child writes each line in one piece.
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
