//! The service manager: status messages by systemd's `sd_notify` protocol.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::process;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, never, tick};

use crate::server::{Balance, Class, Liveness, Server};

/// The variables with the manager's socket, and with its limit for a silent server.
const SOCKET: &str = "NOTIFY_SOCKET";
const WATCHDOG_MICROS: &str = "WATCHDOG_USEC";
const WATCHDOG_PID: &str = "WATCHDOG_PID";

/// The interval of status messages during a drain.
const STATUS_EVERY: Duration = Duration::from_secs(1);

/// Checks of the server in one watchdog period. Two are needed; with four, a machine that stalls for one does
/// no harm.
const LOOKS: u32 = 4;

/// The shortest interval of checks: the reaper needs time for a tick or two.
const SHORTEST_LOOK: Duration = Duration::from_millis(50);

/// The longest wait for a manager that does not read.
const PATIENCE: Duration = Duration::from_secs(1);

/// The connection to the manager, if there is one.
#[derive(Debug)]
pub(crate) struct Manager {
    line: Option<Line>,
    /// The interval of checks, if the manager has a watchdog.
    look_every: Option<Duration>,
    /// The liveness at the last check.
    last: Option<Liveness>,
    is_draining: bool,
    due: Receiver<Instant>,
}

impl Manager {
    /// The manager named by the environment.
    pub(crate) fn from_environment() -> Self {
        let line = env::var_os(SOCKET).and_then(|address| match Line::to(&address) {
            Ok(line) => Some(line),
            Err(err) => {
                tracing::warn!(%err, ?address, "{SOCKET} must be a path or @name: nobody is notified");
                None
            }
        });
        Self {
            look_every: line
                .as_ref()
                .and_then(|_| look_every(|name| env::var_os(name))),
            line,
            last: None,
            is_draining: false,
            due: never(),
        }
    }

    /// The times at which to call [`look`](Self::look).
    pub(crate) fn due(&self) -> &Receiver<Instant> {
        &self.due
    }

    /// Reports that the server listens.
    pub(crate) fn ready(&mut self, server: &Server, status: &str) {
        self.tell(&format!("READY=1\nSTATUS={status}"));
        if let Some(every) = self.look_every {
            self.last = Some(server.liveness());
            self.due = tick(every);
        }
    }

    /// Reports that the server drains.
    pub(crate) fn stopping(&mut self, server: &Server) {
        if self.line.is_some() {
            self.tell(&format!("STOPPING=1\n{}", draining(&server.balance())));
            self.is_draining = true;
            let look_every = self.look_every.unwrap_or(STATUS_EVERY);
            self.due = tick(look_every.min(STATUS_EVERY));
        }
    }

    /// Reports the progress of a drain. Feeds the watchdog only if the server has made progress since the
    /// last check.
    pub(crate) fn look(&mut self, server: &Server) {
        if self.is_draining {
            self.tell(&draining(&server.balance()));
        }
        let pulse = server.liveness();
        match self.last.replace(pulse) {
            Some(last) if !pulse.is_ahead_of(last) => {
                tracing::error!("no progress since the last check");
            }
            Some(_) => self.tell("WATCHDOG=1"),
            None => self.last = None,
        }
    }

    fn tell(&self, state: &str) {
        if let Some(Err(err)) = self.line.as_ref().map(|line| line.send(state)) {
            tracing::debug!(%err, state, "the service manager was not reached");
        }
    }
}

fn draining(balance: &Balance) -> String {
    let classes = Class::ALL;
    let ended: u64 = classes.iter().map(|class| balance.total(*class)).sum();
    let left = balance.accepted().saturating_sub(ended);
    format!("STATUS=draining, sessions left: {left}")
}

/// The interval of checks, if a watchdog is set for this process.
fn look_every(variable: impl Fn(&str) -> Option<OsString>) -> Option<Duration> {
    let number = |name| -> Option<u64> { variable(name)?.to_str()?.parse().ok() };
    let is_meant = match variable(WATCHDOG_PID) {
        Some(_) => number(WATCHDOG_PID) == Some(process::id().into()),
        None => true,
    };
    let limit = number(WATCHDOG_MICROS).filter(|micros| is_meant && *micros > 0)?;
    Some((Duration::from_micros(limit) / LOOKS).max(SHORTEST_LOOK))
}

/// The connection to the manager.
#[derive(Debug)]
struct Line {
    socket: UnixDatagram,
    manager: SocketAddr,
}

impl Line {
    fn to(address: &OsStr) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        socket.set_write_timeout(Some(PATIENCE))?;
        let manager = manager_at(address)?;
        Ok(Self { socket, manager })
    }

    fn send(&self, state: &str) -> io::Result<()> {
        self.socket.send_to_addr(state.as_bytes(), &self.manager)?;
        Ok(())
    }
}

/// An address in the file system or, after an `@`, in the abstract namespace of Linux.
fn manager_at(address: &OsStr) -> io::Result<SocketAddr> {
    #[cfg(target_os = "linux")]
    if let Some(name) = address.as_encoded_bytes().strip_prefix(b"@") {
        use std::os::linux::net::SocketAddrExt;
        return SocketAddr::from_abstract_name(name);
    }
    if !address.as_encoded_bytes().starts_with(b"/") {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    SocketAddr::from_pathname(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin;
    use crate::clock::{FixedClock, Zone};
    use crate::observe::SessionLog;
    use crate::service::TimeService;

    const LONG: Duration = Duration::from_secs(10);

    fn server() -> Server {
        let settings = admin::settings(Some("127.0.0.1:0".parse().unwrap()));
        let service = TimeService::new(FixedClock(0), Zone::Utc, 512);
        Server::start(&settings, service, SessionLog::silent()).unwrap()
    }

    /// All messages that have arrived.
    fn heard(told: &UnixDatagram) -> Vec<String> {
        let mut buffer = [0; 256];
        let next = || {
            let length = told.recv(&mut buffer).ok()?;
            String::from_utf8(buffer[..length].to_vec()).ok()
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn the_watchdog_is_not_fed_for_a_server_that_stands_still() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("notify");
        let told = UnixDatagram::bind(&path).unwrap();
        told.set_nonblocking(true).unwrap();
        let mut manager = Manager {
            line: Some(Line::to(path.as_os_str()).unwrap()),
            look_every: Some(SHORTEST_LOOK),
            last: None,
            is_draining: false,
            due: never(),
        };
        let server = server();
        manager.ready(&server, "listening");
        assert_eq!(heard(&told), ["READY=1\nSTATUS=listening"]);
        // The first check suffices, or a later one on a busy machine.
        let fed = (0..200).any(|_| {
            manager.due().recv_timeout(LONG).unwrap();
            manager.look(&server);
            heard(&told) == ["WATCHDOG=1"]
        });
        assert!(fed, "it lives, and nobody is told");

        // An ended server makes no progress for certain. It may have made some since the last check.
        server.cut();
        server.events().recv_timeout(LONG).unwrap_err();
        manager.look(&server);
        heard(&told);
        for _ in 0..3 {
            manager.look(&server);
            assert!(
                heard(&told).is_empty(),
                "it stands still, and is said to live"
            );
        }
    }

    #[test]
    fn the_watchdog_is_fed_four_times_before_it_bites() {
        let own = process::id().to_string();
        for (micros, pid, every) in [
            (Some("10000000"), None, Some(2500)),
            (Some("10000000"), Some(own.as_str()), Some(2500)),
            (Some("10000000"), Some("1"), None),
            (Some("10000000"), Some("me"), None),
            (Some("1"), None, Some(50)),
            (Some("0"), None, None),
            (Some("soon"), None, None),
            (None, Some(own.as_str()), None),
        ] {
            let variable = |name: &str| match name {
                WATCHDOG_MICROS => micros.map(OsString::from),
                WATCHDOG_PID => pid.map(OsString::from),
                _ => None,
            };
            let every = every.map(Duration::from_millis);
            assert_eq!(look_every(variable), every, "{micros:?} {pid:?}");
        }
    }
}
