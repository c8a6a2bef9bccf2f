//! Sockets that whoever starts the server has bound for it and keeps open, as systemd passes them.

use std::fmt;
use std::net::TcpListener;
use std::os::fd::{AsRawFd, RawFd};

use listenfd::ListenFd;
use nix::sys::socket::{getsockopt, sockopt};

use crate::config::{Origin, Setting};

/// The names of the passed descriptors, in their order, with a colon between two.
const NAMES: &str = "LISTEN_FDNAMES";

/// A name that is kept for a port of another kind, so that nobody finds the time where
/// administration is meant.
const RESERVED: &str = "admin";

/// A socket that was passed in, and what it is called.
#[derive(Debug)]
pub(super) struct Passed {
    pub(super) descriptor: Descriptor,
    pub(super) listener: TcpListener,
}

/// A descriptor as whoever passed it knows it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Descriptor {
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

/// Why the server cannot do with what was passed in.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfit {
    #[error("the passed {0} must be a listening TCP socket, got {1}")]
    Kind(Descriptor, String),
    #[error(
        "the passed {0} is for administration, and there is no port for that: \
         pass sockets to tell the time on, under any other name"
    )]
    Reserved(Descriptor),
    #[error(
        "listen is set ({0}), but the sockets to listen on were passed in: \
         unset listen, or pass none"
    )]
    ListenIsSet(Origin),
}

/// Takes every socket that was passed in, and what announces them out of the environment. To be
/// called before there is a second thread, which might read the environment meanwhile.
///
/// None were if there is no `LISTEN_FDS`, or `LISTEN_PID` is another process. They take the place of
/// the default of `listen`; beside a `listen` that was set they would leave open which is meant.
pub(super) fn take(settings: &[Setting]) -> Result<Vec<Passed>, Unfit> {
    let mut descriptors = ListenFd::from_env();
    let names = std::env::var(NAMES).unwrap_or_default();
    let mut names = names.split(':');
    let mut passed = Vec::new();
    for index in 0..descriptors.len() {
        let name = names.next().filter(|name| !name.is_empty());
        passed.push(one(&mut descriptors, index, name.map(str::to_owned))?);
    }
    let listen = settings.iter().find(|setting| setting.key == "listen");
    match listen.map(|setting| &setting.origin) {
        Some(origin) if *origin != Origin::Default && !passed.is_empty() => {
            Err(Unfit::ListenIsSet(origin.clone()))
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
    if descriptor.name.as_deref() == Some(RESERVED) {
        return Err(Unfit::Reserved(descriptor));
    }
    Ok(Passed {
        descriptor,
        listener,
    })
}

/// The number of a descriptor that is no TCP socket, and what it is instead.
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
