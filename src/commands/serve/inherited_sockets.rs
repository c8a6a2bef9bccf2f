//! Listening sockets that the parent process has bound and passed, as systemd does.

use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsRawFd, RawFd};

use listenfd::ListenFd;
use nix::sys::socket::{getsockopt, sockopt};

use crate::config::{Config, Origin, Setting};

/// The names of the passed descriptors, in order and separated by colons.
const NAMES: &str = "LISTEN_FDNAMES";

/// The name of a socket for the administration port. All other sockets serve the time.
const ADMIN: &str = "admin";

/// The passed sockets by purpose.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    pub(crate) time: Vec<Passed>,
    pub(crate) admin: Vec<Passed>,
}

/// A passed socket and its descriptor.
#[derive(Debug)]
pub(crate) struct Passed {
    pub(crate) descriptor: Descriptor,
    pub(crate) listener: TcpListener,
}

impl Passed {
    /// The socket as a listener.
    pub(crate) fn listen(self) -> TcpListener {
        tracing::info!("listening on the passed {}", self.descriptor);
        self.listener
    }
}

/// A descriptor with its number and name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Descriptor {
    number: RawFd,
    name: Option<String>,
}

impl fmt::Display for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "descriptor {}", self.number)?;
        match &self.name {
            Some(name) => write!(f, " ({name:?})"),
            None => Ok(()),
        }
    }
}

/// The reasons to reject the passed sockets.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unfit {
    #[error("the passed {0} must be a listening TCP socket, got {1}")]
    Kind(Descriptor, String),
    #[error(
        "the passed {0} is for administration and must be on a loopback address unless admin-public \
         is true, got {1}"
    )]
    Public(Descriptor, SocketAddr),
    #[error(
        "{0} is set ({1}), but the sockets to listen on were passed in: \
         unset {0}, or pass none"
    )]
    IsSet(&'static str, Origin),
}

/// Takes every passed socket, and removes the variables that announce them. Call it before there is a
/// second thread, which might read the environment meanwhile.
///
/// No socket is passed without `LISTEN_FDS`, or if `LISTEN_PID` is another process. Passed sockets replace
/// the defaults of `listen` and `admin`. A value that was set beside them is ambiguous and an error.
pub(crate) fn take(config: &Config, settings: &[Setting]) -> Result<Sockets, Unfit> {
    let mut descriptors = ListenFd::from_env();
    let names = std::env::var(NAMES).unwrap_or_default();
    let mut names = names.split(':');
    let mut sockets = Sockets::default();
    for index in 0..descriptors.len() {
        let name = names.next().filter(|name| !name.is_empty());
        let passed = one(&mut descriptors, index, name.map(str::to_owned))?;
        if passed.descriptor.name.as_deref() == Some(ADMIN) {
            sockets.admin.push(guarded(passed, config)?);
        } else {
            sockets.time.push(passed);
        }
    }
    for (key, passed) in [("listen", &sockets.time), ("admin", &sockets.admin)] {
        let setting = settings.iter().find(|setting| setting.key == key);
        match setting.map(|setting| &setting.origin) {
            Some(origin) if *origin != Origin::Default && !passed.is_empty() => {
                return Err(Unfit::IsSet(key, origin.clone()));
            }
            _ => {}
        }
    }
    Ok(sockets)
}

/// A socket for administration, unless other machines can reach it without `admin-public`.
fn guarded(passed: Passed, config: &Config) -> Result<Passed, Unfit> {
    match passed.listener.local_addr() {
        Ok(addr) if !addr.ip().to_canonical().is_loopback() && !config.admin_public => {
            Err(Unfit::Public(passed.descriptor, addr))
        }
        _ => Ok(passed),
    }
}

fn one(descriptors: &mut ListenFd, index: usize, name: Option<String>) -> Result<Passed, Unfit> {
    let Ok(Some(listener)) = descriptors.take_tcp_listener(index) else {
        let (number, kind) = kind(descriptors, index);
        return Err(Unfit::Kind(Descriptor { number, name }, kind));
    };
    let number = listener.as_raw_fd();
    let descriptor = Descriptor { number, name };
    if getsockopt(&listener, sockopt::AcceptConn) != Ok(true) {
        let kind = "one that does not listen: a socket unit says Accept=no";
        return Err(Unfit::Kind(descriptor, kind.to_owned()));
    }
    Ok(Passed {
        descriptor,
        listener,
    })
}

/// The number of a descriptor that is not a TCP socket, and its actual kind.
fn kind(descriptors: &mut ListenFd, index: usize) -> (RawFd, String) {
    if let Ok(Some(socket)) = descriptors.take_udp_socket(index) {
        let kind = "a UDP socket: a socket unit says ListenStream=, not ListenDatagram=";
        return (socket.as_raw_fd(), kind.to_owned());
    }
    if let Ok(Some(socket)) = descriptors.take_unix_listener(index) {
        let kind = "a Unix socket: a socket unit names a port, not a path";
        return (socket.as_raw_fd(), kind.to_owned());
    }
    let number = descriptors.take_raw_fd(index).ok().flatten().unwrap_or(-1);
    let link = std::fs::read_link(format!("/dev/fd/{number}"));
    let kind = link.map_or_else(
        |_| "one that is not open".to_owned(),
        |link| link.display().to_string(),
    );
    (number, kind)
}
