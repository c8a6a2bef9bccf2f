//! Where a run is made: the machine, and whether the server is on it.

use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::thread;

use crate::load::result::Place;

/// This machine, and a server.
pub(crate) fn here(server: SocketAddr, command: &str) -> Place {
    Place {
        address: server.to_string(),
        program: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
        kernel: kernel(),
        cores: thread::available_parallelism().map_or(1, usize::from),
        shares_machine: try_own(server.ip()).is_ok(),
        command: command.to_owned(),
    }
}

/// Whether an address is one of this machine's: nobody can take a port of any other.
///
/// # Errors
///
/// Whatever the system says about it.
pub(crate) fn try_own(address: IpAddr) -> io::Result<()> {
    UdpSocket::bind((address, 0)).map(drop)
}

fn kernel() -> String {
    let read = |file| fs::read_to_string(format!("/proc/sys/kernel/{file}")).ok();
    match (read("ostype"), read("osrelease")) {
        (Some(name), Some(release)) => format!("{} {}", name.trim(), release.trim()),
        _ => std::env::consts::OS.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_loopback_shares_the_machine_and_one_elsewhere_does_not() {
        let shares = |addr: &str| here(addr.parse().unwrap(), "").shares_machine;
        assert!(shares("127.0.0.1:45000"));
        // An address that is reserved for documentation is nobody's.
        assert!(!shares("192.0.2.1:45000"));
    }
}
