//! A description of the machine that loads, and of the server's address.

use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::thread;

use crate::load::result::Place;

/// The description of this machine, and of a server.
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

/// Succeeds if an address is this machine's: a socket cannot be bound to any other.
///
/// # Errors
///
/// The system's error for any other address.
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
        // This address is reserved for documentation, so no machine has it.
        assert!(!shares("192.0.2.1:45000"));
    }
}
