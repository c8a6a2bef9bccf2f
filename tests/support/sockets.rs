//! What Linux says of the TCP connections over IPv4 that it has.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};

use super::await_that;

/// One side of a connection.
#[derive(Debug)]
pub struct Side {
    pub local: SocketAddr,
    pub remote: SocketAddr,
    /// Whether its handshake has been sent and not answered.
    pub is_connecting: bool,
    /// Bytes that it sent and the other side's kernel has not acknowledged.
    unacknowledged: u32,
    /// Bytes that came and were not read.
    unread: u32,
}

/// The sides that lead to this address.
pub fn leading_to(addr: SocketAddr) -> Vec<Side> {
    let mut sides = sides_of(addr);
    sides.retain(|side| side.remote == addr);
    sides
}

/// Waits until all that went from one address to the other has been read there, or its reader is gone.
pub fn await_read(from: SocketAddr, to: SocketAddr) {
    await_that("all that was said has been read", || {
        sides_of(to)
            .iter()
            .all(|side| match (side.local, side.remote) {
                ends if ends == (from, to) => side.unacknowledged == 0,
                ends if ends == (to, from) => side.unread == 0,
                _ => true,
            })
    });
}

/// The sides of connections from or to this address.
fn sides_of(addr: SocketAddr) -> Vec<Side> {
    let table = fs::read_to_string("/proc/net/tcp").expect("a table of connections");
    let written = written(addr);
    // Of the many thousands that a busy machine has, few are worth a closer look.
    let lines = table.lines().filter(|line| line.contains(&written));
    lines
        .map(|line| side(line).unwrap_or_else(|| panic!("no connection: {line}")))
        .collect()
}

/// A line of the table: its number, both addresses, the state, and both queues.
fn side(line: &str) -> Option<Side> {
    const SYN_SENT: &str = "02";
    let mut fields = line.split_whitespace().skip(1);
    let (local, remote) = (address(fields.next()?)?, address(fields.next()?)?);
    let is_connecting = fields.next()? == SYN_SENT;
    let (sent, came) = fields.next()?.split_once(':')?;
    Some(Side {
        local,
        remote,
        is_connecting,
        unacknowledged: u32::from_str_radix(sent, 16).ok()?,
        unread: u32::from_str_radix(came, 16).ok()?,
    })
}

/// An address as the table has it: the number that its bytes are in the machine's own order.
fn written(addr: SocketAddr) -> String {
    let SocketAddr::V4(addr) = addr else {
        panic!("{addr} is no IPv4 address");
    };
    let ip = u32::from_ne_bytes(addr.ip().octets());
    format!("{ip:08X}:{:04X}", addr.port())
}

fn address(written: &str) -> Option<SocketAddr> {
    let (ip, port) = written.split_once(':')?;
    let ip = u32::from_str_radix(ip, 16).ok()?.to_ne_bytes();
    let port = u16::from_str_radix(port, 16).ok()?;
    Some(SocketAddr::from((Ipv4Addr::from(ip), port)))
}
