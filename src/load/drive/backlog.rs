//! Signs of a full accept backlog: retried handshakes and the kernel's overflow counter.

use std::fs;
use std::time::Duration;

use crate::load::result::Backlog;
use crate::load::result::Times;

/// Times at which a lost handshake is sent again: each second at first, then at doubled intervals. Linux
/// before 6.5 doubles them from the start.
const RETRIES: [Duration; 6] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(3),
    Duration::from_secs(4),
    Duration::from_secs(5),
    Duration::from_secs(7),
];

/// Share of a retry time by which a connection may exceed it and still count as retried.
const NEAR: f64 = 0.15;

/// The kernel's count of handshakes dropped on this machine because a listener's backlog was full.
#[derive(Debug, Clone, Copy)]
pub(super) struct Overflows(Option<u64>);

impl Overflows {
    /// The kernel's current counter.
    pub(super) fn now() -> Self {
        let netstat = fs::read_to_string("/proc/net/netstat").ok();
        Self(netstat.as_deref().and_then(listen_overflows))
    }

    /// The backlog figures since then, for connections with these times.
    pub(super) fn since(self, connect: &Times) -> Backlog {
        let Self(now) = Self::now();
        let retried = RETRIES.map(|retry| connect.between(retry, retry.mul_f64(1.0 + NEAR)));
        Backlog {
            retried: retried.iter().sum(),
            overflows: now.zip(self.0).map(|(now, then)| now.saturating_sub(then)),
        }
    }
}

/// The counter `ListenOverflows`. Each line of names is followed by a line of values.
fn listen_overflows(netstat: &str) -> Option<u64> {
    let mut lines = netstat.lines().filter(|line| line.starts_with("TcpExt:"));
    let (names, values) = (lines.next()?, lines.next()?);
    let mut pairs = names.split_whitespace().zip(values.split_whitespace());
    pairs
        .find(|(name, _)| *name == "ListenOverflows")?
        .1
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_is_found_by_its_name() {
        let netstat = "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 1 22 333\nIpExt: X\nIpExt: 4\n";
        assert_eq!(listen_overflows(netstat), Some(22));
        assert_eq!(listen_overflows("IpExt: X\nIpExt: 4\n"), None);
    }

    #[test]
    fn connections_about_a_retry_late_were_retried() {
        let mut connect = Times::new();
        for ms in [0, 1, 900, 1010, 1030, 1500, 2010, 3020, 3600, 6000, 7100] {
            connect.record(Duration::from_millis(ms));
        }
        assert_eq!(Overflows(None).since(&connect).retried, 5);
    }
}
