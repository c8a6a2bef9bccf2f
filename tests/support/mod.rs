//! What the integration tests share: servers in this process, good and bad, clients, the program.

#![allow(unreachable_pub, dead_code)]

pub mod activation;
pub mod admin_port;
pub mod ask;
pub mod bad_server;
pub mod browser;
pub mod burners;
pub mod client;
pub mod descriptors;
#[cfg(target_os = "linux")]
pub mod full;
pub mod headless;
pub mod heartbeat;
pub mod http;
pub mod lines;
pub mod load;
pub mod program;
pub mod puppet;
pub mod scripted;
pub mod server;
#[cfg(target_os = "linux")]
pub mod sockets;
#[cfg(target_os = "linux")]
pub mod tune;
mod waiting;

pub use waiting::{PATIENCE, await_that, millis};

use std::net::{Ipv4Addr, SocketAddr};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// What the time server under test answers, and what any server may.
pub const JAM: &[u8] = b"JAM 12:34:56\r\n";
pub const UNKNOWN: &[u8] = b"ERROR unknown command\r\n";
pub const TOO_LONG: &[u8] = b"ERROR line too long\r\n";
pub const BUSY: &[u8] = b"ERROR busy\r\n";

/// An address for a server of one test alone, its port not chosen yet.
///
/// A port that one server has closed may be given to the server of another test at once, and whether
/// "the port is closed" would then be asked of the wrong one. Where the whole of 127.0.0.0/8 leads
/// here, every server has an address that no other has: of this process, and in it of this call.
pub fn own_address() -> SocketAddr {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let ip = if cfg!(target_os = "linux") {
        let [.., high, low] = process::id().to_be_bytes();
        let [.., call] = CALLS.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        Ipv4Addr::new(127, 128 | high, low, call.clamp(1, 254))
    } else {
        Ipv4Addr::LOCALHOST
    };
    SocketAddr::from((ip, 0))
}
