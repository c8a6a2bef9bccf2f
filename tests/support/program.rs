//! The program itself, started as a child: `jamd serve`, what it prints, and how it ends.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;
use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;

use super::client::Client;
use super::lines::{Lines, Reader};
use super::{PATIENCE, await_that, own_address};

/// `jamd serve` with these arguments and nothing of ours in its environment.
pub fn jamd_serve(args: &[&str]) -> Command {
    let mut jamd = Command::new(cargo_bin!("jamd"));
    jamd.arg("serve").args(args).env_clear();
    jamd
}

/// `jamd` under a limit that the shell sets before it becomes the program.
pub fn limited_jamd(ulimit: &str, args: &[&str]) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("ulimit {ulimit} && exec \"$0\" \"$@\"")])
        .arg(cargo_bin!("jamd"))
        .args(args)
        .env_clear();
    shell
}

/// A server that listens, in a process of its own. Killed when dropped.
pub struct Program {
    child: Running,
    first_line: String,
}

impl Program {
    /// Serves on a port of its own, with these arguments besides.
    pub fn serve(args: &[&str]) -> Self {
        Self::start(Self::command(args))
    }

    /// What [`Self::serve`] starts.
    pub fn command(args: &[&str]) -> Command {
        let address = own_address().to_string();
        let listening = ["--listen", &address, "--defer-accept", "none"];
        jamd_serve(&[&listening, args].concat())
    }

    pub fn start(command: Command) -> Self {
        Self::read_by(command, Reader::Stays, Reader::Stays)
    }

    /// Starts a server and waits until it listens.
    pub fn read_by(command: Command, stdout: Reader, stderr: Reader) -> Self {
        let mut child = Running::spawn(command, stdout, stderr);
        let Some(first_line) = child.stdout.next() else {
            panic!("jamd ended before it listened: {:?}", child.end());
        };
        Self { child, first_line }
    }

    pub fn first_line(&self) -> &str {
        &self.first_line
    }

    /// Where it says that it listens.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let addresses = self.first_line.strip_prefix("listening on ");
        let addresses = addresses.and_then(|rest| rest.split_once(" with "));
        let (addresses, _) = addresses.expect("a line that says where");
        let each = addresses.split(", ").map(str::parse);
        each.collect::<Result<_, _>>().expect("addresses")
    }

    pub fn addr(&self) -> SocketAddr {
        self.addresses()[0]
    }

    /// Where it says next that this listens, such as `administration on http://`.
    pub fn next_address(&mut self, after: &str) -> SocketAddr {
        let line = self.child.stdout.next().expect("a line that says where");
        let address = line
            .strip_prefix(after)
            .map(|rest| rest.trim_end_matches('/'));
        address.expect("an address").parse().expect("an address")
    }

    pub fn connect(&self) -> Client {
        Client::connect(self.addr())
    }

    /// A client that holds a worker: it has been answered once.
    pub fn occupy(&self) -> Client {
        let mut client = self.connect();
        ask(&mut client);
        client
    }

    /// A client that holds a worker which has read the beginning of a command.
    pub fn occupy_in_mid_command(&self) -> Client {
        let mut client = self.connect();
        // Read in one piece, so whoever was answered has its second command begun as well.
        client.send(b"TIME\r\nTI");
        expect_the_time(&mut client);
        client
    }

    pub fn pid(&self) -> Pid {
        self.child.pid()
    }

    /// CPU time of the whole process so far, counted in hundredths of a second.
    #[cfg(target_os = "linux")]
    pub fn cpu(&self) -> Duration {
        self.child.cpu()
    }

    pub fn signal(&self, signal: Signal) {
        self.child.signal(signal);
    }

    pub fn insist(&mut self, signal: Signal) {
        self.child.insist(signal);
    }

    /// Holds the whole process, so that whoever connects now is connected but not accepted.
    #[cfg(target_os = "linux")]
    pub fn hold(&self) {
        self.child.hold();
    }

    /// Waits for a line on stderr that contains this.
    pub fn await_log(&mut self, text: &str) {
        self.child.await_log(text);
    }

    /// Waits for the end, which something else must bring about.
    pub fn end(self) -> Ended {
        let addresses = self.addresses();
        let ended = self.end_of_a_shared_port();
        for addr in addresses {
            let connected = std::net::TcpStream::connect_timeout(&addr, PATIENCE);
            assert!(connected.is_err(), "{addr} still listens");
        }
        ended
    }

    /// Waits for the end where somebody else listens on the same port.
    pub fn end_of_a_shared_port(mut self) -> Ended {
        self.child.end()
    }

    /// Drains to the end.
    pub fn finish(self) -> Ended {
        self.signal(Signal::SIGTERM);
        self.end()
    }
}

/// Runs a command that ends by itself.
pub fn run(command: Command) -> Ended {
    Running::start(command).end()
}

/// Asks for the time and reads it, whatever it is.
pub fn ask(client: &mut Client) {
    client.send(b"TIME\r\n");
    expect_the_time(client);
}

/// Reads the time, whatever it is.
pub fn expect_the_time(client: &mut Client) {
    let line = client.read_a_line();
    let shape: Vec<u8> = line
        .iter()
        .map(|byte| if byte.is_ascii_digit() { b'0' } else { *byte })
        .collect();
    assert_eq!(shape.escape_ascii().to_string(), r"JAM 00:00:00\r\n");
}

/// How a run ended and what it printed.
#[derive(Debug)]
pub struct Ended {
    /// `None` if a signal ended it.
    pub code: Option<i32>,
    /// Without the line that says where a server listens.
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// Checks that a server ended with this code and a ledger that balances, and returns the ledger.
    #[track_caller]
    pub fn ledger(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{self:?}");
        let ledger = self.stdout.strip_prefix("ledger: ");
        let ledger = ledger.and_then(|rest| rest.strip_suffix('\n'));
        let ledger = ledger.unwrap_or_else(|| panic!("no ledger in {self:?}"));
        let (accepted, parts) = ledger.split_once(" accepted = ").expect("a sum");
        let number = |text: &str| -> u64 {
            let digits = text.split(' ').next().expect("a word");
            digits.parse().expect("a number")
        };
        let sum: u64 = parts.split(" + ").map(number).sum();
        assert_eq!(number(accepted), sum, "{ledger}");
        ledger
    }

    /// Checks that nothing was started, and why not: the code, and what stderr must say.
    #[track_caller]
    pub fn assert_refused(&self, code: i32, parts: &[&str]) {
        assert_eq!(
            (self.code, self.stdout.as_str()),
            (Some(code), ""),
            "{self:?}"
        );
        for part in parts {
            assert!(self.stderr.contains(part), "no {part:?} in {self:?}");
        }
        assert!(self.stderr.starts_with("jamd: "), "{self:?}");
        assert_eq!(self.stderr.lines().count(), 1, "{self:?}");
    }
}

/// A child and what comes out of it. Killed when dropped.
pub struct Running {
    child: Child,
    stdout: Lines,
    stderr: Lines,
}

impl Running {
    /// Starts a command, both its streams read to the end.
    pub fn start(command: Command) -> Self {
        Self::spawn(command, Reader::Stays, Reader::Stays)
    }

    fn spawn(mut command: Command, stdout: Reader, stderr: Reader) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|err| panic!("{command:?}: {err}"));
        Self {
            stdout: Lines::of(child.stdout.take().expect("a pipe"), stdout),
            stderr: Lines::of(child.stderr.take().expect("a pipe"), stderr),
            child,
        }
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().try_into().expect("a process id"))
    }

    pub fn signal(&self, signal: Signal) {
        signal::kill(self.pid(), signal).expect("a child to signal");
    }

    /// Signals until the program has ended: a signal soon after another belongs to it.
    pub fn insist(&mut self, signal: Signal) {
        await_that("the program ends", || {
            self.signal(signal);
            // Leaves the cores to the program.
            thread::sleep(Duration::from_millis(10));
            self.has_ended()
        });
    }

    /// Holds the whole process.
    #[cfg(target_os = "linux")]
    pub fn hold(&self) {
        self.signal(Signal::SIGSTOP);
        await_that("the process is stopped", || self.stat().starts_with('T'));
    }

    /// Waits for the end; returns the CPU time of the whole process, counted in hundredths of a second.
    #[cfg(target_os = "linux")]
    pub fn cpu_at_end(&self) -> Duration {
        let mut stat = String::new();
        // Nobody has asked how it ended yet, so the kernel still keeps its figures.
        await_that("jamd ends", || {
            stat = self.stat();
            stat.starts_with('Z')
        });
        cpu(&stat)
    }

    /// CPU time of the whole process so far, counted in hundredths of a second.
    #[cfg(target_os = "linux")]
    pub fn cpu(&self) -> Duration {
        cpu(&self.stat())
    }

    /// What the kernel says of the process, from its state on.
    #[cfg(target_os = "linux")]
    fn stat(&self) -> String {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid()));
        let stat = stat.expect("a process");
        let (_, rest) = stat.rsplit_once(") ").expect("a name in brackets");
        rest.to_owned()
    }

    /// Waits for a line on stderr that contains this.
    pub fn await_log(&mut self, text: &str) {
        self.stderr.await_line(text);
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child
            .try_wait()
            .expect("a child to wait for")
            .is_some()
    }

    /// Waits for the end, which something else must bring about.
    pub fn end(&mut self) -> Ended {
        // On stderr it says how far it is; on stdout nothing before its end, however long that takes.
        let stderr = self.stderr.rest();
        let stdout = self.stdout.rest();
        let mut status = None;
        await_that("jamd ends", || {
            status = self.child.try_wait().expect("a child to wait for");
            status.is_some()
        });
        Ended {
            code: status.and_then(|status| status.code()),
            stdout,
            stderr,
        }
    }
}

/// CPU time in what the kernel says of a process, from its state on.
#[cfg(target_os = "linux")]
fn cpu(stat: &str) -> Duration {
    let ticks = stat.split(' ').skip(11).take(2).map(str::parse::<u64>);
    let ticks: u64 = ticks.map(|ticks| ticks.expect("a number")).sum();
    Duration::from_millis(10 * ticks)
}

impl Drop for Running {
    fn drop(&mut self) {
        // Neither does anything once the child has ended and was waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
