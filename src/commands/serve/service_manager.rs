//! The service manager that started the server and watches over it: what it is told, in the way of
//! systemd's `sd_notify`.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::process;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, never, tick};

use crate::server::{Balance, Class, Liveness, Server};

/// Where the manager listens, and how long it lets a server be silent.
const SOCKET: &str = "NOTIFY_SOCKET";
const WATCHDOG_MICROS: &str = "WATCHDOG_USEC";
const WATCHDOG_PID: &str = "WATCHDOG_PID";

/// How often it is told about a drain.
const STATUS_EVERY: Duration = Duration::from_secs(1);

/// Looks at the server in the time after which the manager thinks it dead. More than the two it
/// takes, so that a machine that stalls for one of them does no harm.
const LOOKS: u32 = 4;

/// The shortest time between two looks: the reaper must have had time for a tick or two.
const SHORTEST_LOOK: Duration = Duration::from_millis(50);

/// How long a manager that does not read may hold us up.
const PATIENCE: Duration = Duration::from_secs(1);

/// The line to the manager, if there is one.
#[derive(Debug)]
pub(crate) struct Manager {
    line: Option<Line>,
    /// How often it wants to hear that the server lives.
    look_every: Option<Duration>,
    /// The pulse at the last look.
    last: Option<Liveness>,
    is_draining: bool,
    due: Receiver<Instant>,
}

impl Manager {
    /// The manager that the environment names.
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

    /// When [`look`](Self::look) is to be called.
    pub(crate) fn due(&self) -> &Receiver<Instant> {
        &self.due
    }

    /// The server listens.
    pub(crate) fn ready(&mut self, server: &Server, status: &str) {
        self.tell(&format!("READY=1\nSTATUS={status}"));
        if let Some(every) = self.look_every {
            self.last = Some(server.liveness());
            self.due = tick(every);
        }
    }

    /// The server drains.
    pub(crate) fn stopping(&mut self, server: &Server) {
        if self.line.is_some() {
            self.tell(&format!("STOPPING=1\n{}", draining(&server.balance())));
            self.is_draining = true;
            let look_every = self.look_every.unwrap_or(STATUS_EVERY);
            self.due = tick(look_every.min(STATUS_EVERY));
        }
    }

    /// Tells how a drain gets on, and that the server lives: only if it has done so since the last
    /// look.
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

/// How often to look, if anybody wants to know and it is this process they mean.
fn look_every(variable: impl Fn(&str) -> Option<OsString>) -> Option<Duration> {
    let number = |name| -> Option<u64> { variable(name)?.to_str()?.parse().ok() };
    let is_meant = match variable(WATCHDOG_PID) {
        Some(_) => number(WATCHDOG_PID) == Some(process::id().into()),
        None => true,
    };
    let limit = number(WATCHDOG_MICROS).filter(|micros| is_meant && *micros > 0)?;
    Some((Duration::from_micros(limit) / LOOKS).max(SHORTEST_LOOK))
}

/// The way to the manager.
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

/// An address in the file system, or, after an `@`, in the abstract namespace of Linux.
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

    /// Everything that was told and not heard yet.
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
        // At the first look, or at a later one where the machine is busy.
        let fed = (0..200).any(|_| {
            manager.due().recv_timeout(LONG).unwrap();
            manager.look(&server);
            heard(&told) == ["WATCHDOG=1"]
        });
        assert!(fed, "it lives, and nobody is told");

        // One that has ended stands still for certain. It may have gone on since the last look.
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
